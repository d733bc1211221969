import Anser from 'anser'

export interface AnsiPart {
  text: string
  /** Class names of style.css for decorations and the 16 named colours; any other colour is in `style`. */
  classes: string[]
  style: { color?: string; backgroundColor?: string }
}

const escape = String.fromCharCode(27)
const bell = String.fromCharCode(7)
/** Operating system commands (ECMA-48 8.3.89), such as a window's title. */
const systemCommands = new RegExp(`${escape}\\][^${bell}${escape}]*(?:${bell}|${escape}\\\\)?`, 'g')
/** Any other control character except the tab. */
const controls = /[^\P{Cc}\t]/gu

/** A colour of the 256-colour palette from 16 up: a cube of 6×6×6, then 24 greys (xterm's 256colres.h). */
function paletteColour(index: number): string {
  if (index >= 232) {
    const grey = String(8 + (index - 232) * 10)
    return `rgb(${grey}, ${grey}, ${grey})`
  }
  const cube = index - 16
  const levels = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) =>
    String(level === 0 ? 0 : 55 + level * 40),
  )
  return `rgb(${levels.join(', ')})`
}

/** Turns anser's name of a colour into a class or a CSS colour. Names can be null, which anser's types do not say. */
function lookOf(kind: 'fg' | 'bg', name: string | null, trueColour: string | null) {
  const palette = name?.startsWith('ansi-palette-') === true
  if (palette) return { colour: paletteColour(Number(name.slice('ansi-palette-'.length))) }
  if (trueColour !== null && trueColour !== '') return { colour: `rgb(${trueColour})` }
  return name === null || name === '' ? {} : { className: `${kind}-${name}` }
}

function toPart(entry: Anser.AnserJsonEntry): AnsiPart {
  const foreground = lookOf('fg', entry.fg, entry.fg_truecolor)
  const background = lookOf('bg', entry.bg, entry.bg_truecolor)
  return {
    text: entry.content.replace(controls, ''),
    classes: [
      ...entry.decorations.map((decoration) => `ansi-${decoration}`),
      ...(foreground.className === undefined ? [] : [foreground.className]),
      ...(background.className === undefined ? [] : [background.className]),
    ],
    style: {
      ...(foreground.colour === undefined ? {} : { color: foreground.colour }),
      ...(background.colour === undefined ? {} : { backgroundColor: background.colour }),
    },
  }
}

/** Splits a line of a log at its SGR colour sequences, and removes all other control sequences. */
export function ansiParts(line: string): AnsiPart[] {
  const text = line.replace(systemCommands, '')
  return Anser.ansiToJson(text, { use_classes: true, json: true, remove_empty: true })
    .map(toPart)
    .filter((part) => part.text !== '')
}
