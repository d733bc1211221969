import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes'
import { WebLinksAddon } from '@xterm/addon-web-links'
import { Terminal, type ITheme } from '@xterm/xterm'

const darkTheme: ITheme = {
  background: '#131316',
  foreground: '#e4e4e7',
  cursor: '#e4e4e7',
  cursorAccent: '#131316',
  selectionBackground: '#3f5b94',
  black: '#27272a',
  red: '#f87171',
  green: '#4ade80',
  yellow: '#facc15',
  blue: '#60a5fa',
  magenta: '#e879f9',
  cyan: '#22d3ee',
  white: '#d4d4d8',
  brightBlack: '#71717a',
  brightRed: '#fca5a5',
  brightGreen: '#86efac',
  brightYellow: '#fde047',
  brightBlue: '#93c5fd',
  brightMagenta: '#f0abfc',
  brightCyan: '#67e8f9',
  brightWhite: '#fafafa',
}

const lightTheme: ITheme = {
  background: '#ffffff',
  foreground: '#27272a',
  cursor: '#27272a',
  cursorAccent: '#ffffff',
  selectionBackground: '#bfdbfe',
  black: '#18181b',
  red: '#b91c1c',
  green: '#15803d',
  yellow: '#a16207',
  blue: '#1d4ed8',
  magenta: '#a21caf',
  cyan: '#0e7490',
  white: '#71717a',
  brightBlack: '#52525b',
  brightRed: '#dc2626',
  brightGreen: '#16a34a',
  brightYellow: '#ca8a04',
  brightBlue: '#2563eb',
  brightMagenta: '#c026d3',
  brightCyan: '#0891b2',
  brightWhite: '#3f3f46',
}

export function terminalTheme(dark: boolean): ITheme {
  return dark ? darkTheme : lightTheme
}

function openLink(_event: MouseEvent, uri: string): void {
  const { protocol } = new URL(uri)
  if (protocol === 'http:' || protocol === 'https:') window.open(uri, '_blank', 'noopener,noreferrer')
}

/** Creates a terminal that fits `element`. The caller calls `fit.fit()` whenever the size of the element changes. */
export function createTerminal(element: HTMLElement, dark: boolean): { terminal: Terminal; fit: FitAddon } {
  const terminal = new Terminal({
    // The grapheme addon needs this option, because the addon uses xterm's Unicode API, which is not stable yet.
    allowProposedApi: true,
    cursorBlink: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono'),
    fontSize: 13,
    lineHeight: 1.15,
    minimumContrastRatio: 4.5,
    scrollback: 10_000,
    theme: terminalTheme(dark),
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  terminal.loadAddon(new UnicodeGraphemesAddon())
  terminal.loadAddon(new WebLinksAddon(openLink))
  terminal.open(element)
  fit.fit()
  return { terminal, fit }
}
