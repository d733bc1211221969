import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
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

/** Opens web links only. */
function openLink(_event: MouseEvent, uri: string): void {
  if (URL.canParse(uri) && /^https?:$/.test(new URL(uri).protocol))
    window.open(uri, '_blank', 'noopener,noreferrer')
}

export interface TerminalLook {
  dark: boolean
  /** CSS pixels. */
  fontSize: number
  /** The lines that the terminal keeps above the screen. */
  scrollback: number
  screenReader: boolean
}

export interface CreatedTerminal {
  terminal: Terminal
  /** The caller calls `fit.fit()` whenever the size of the element or of the font changes. */
  fit: FitAddon
  search: SearchAddon
}

/**
 * Creates a terminal that fits `element`. `onLink` gets the address of the link below the pointer, because the text of
 * a link may name another address.
 */
export function createTerminal(
  element: HTMLElement,
  look: TerminalLook,
  onLink: (address: string | undefined) => void,
): CreatedTerminal {
  const hover = (_event: MouseEvent, address: string) => {
    onLink(address)
  }
  const leave = () => {
    onLink(undefined)
  }
  const terminal = new Terminal({
    // The grapheme addon needs this option, because the addon uses xterm's Unicode API, which is not stable yet.
    allowProposedApi: true,
    cursorBlink: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono'),
    fontSize: look.fontSize,
    lineHeight: 1.15,
    minimumContrastRatio: 4.5,
    scrollback: look.scrollback,
    screenReaderMode: look.screenReader,
    theme: terminalTheme(look.dark),
    // Links that a program marks with OSC 8.
    linkHandler: { activate: openLink, hover, leave },
  })
  const fit = new FitAddon()
  const search = new SearchAddon({ highlightLimit: 1_000 })
  terminal.loadAddon(fit)
  terminal.loadAddon(search)
  terminal.loadAddon(new UnicodeGraphemesAddon())
  terminal.loadAddon(new WebLinksAddon(openLink, { hover, leave }))
  terminal.open(element)
  fit.fit()
  return { terminal, fit, search }
}
