/** The colours and decorations of terminal text. A colour is a name such as `bright-red`, or a CSS colour `rgb(…)`. */
export interface TerminalStyle {
  readonly decorations: readonly string[]
  readonly inverse: boolean
  readonly foreground: string | undefined
  readonly background: string | undefined
}

export const plainStyle: TerminalStyle = {
  decorations: [],
  inverse: false,
  foreground: undefined,
  background: undefined,
}

/** The CSS classes and inline styles for a text in the page. */
export interface TextLook {
  /** The classes of style.css for decorations and the 16 named colours. `style` has all other colours. */
  classes: string[]
  style: { color?: string; backgroundColor?: string }
}

const colourNames = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']
const decorations: Record<number, string> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  8: 'hidden',
  9: 'strikethrough',
  21: 'underline',
}
const endedDecorations: Record<number, readonly string[]> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  28: ['hidden'],
  29: ['strikethrough'],
}

/**
 * Returns the style after the sequence `ESC [ parameters m` (SGR, ECMA-48 8.3.117). The codes 38 and 48 set colours as
 * in xterm.
 */
export function withRendition(style: TerminalStyle, parameters: string): TerminalStyle {
  // The form with colons, `38:2::r:g:b`, has a field for a colour space, which is usually empty. Remove this field.
  const fields = parameters.replace(/([345]8:2):[^:;]*:(?=[^:;]*:[^:;]*:)/g, '$1:').split(';')
  // A colour has the same numbers with colons and with semicolons. The number after `4:` is the kind of an underline.
  const codes = fields.flatMap((field) => {
    const [code, kind] = field.split(':')
    if (code === '4' && kind !== undefined) return [kind === '0' ? 24 : 4]
    return field.split(':').map(Number)
  })
  let result = style
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0
    if (code === 38 || code === 48 || code === 58) {
      const indexed = codes[index + 1] === 5
      const colour = indexed
        ? paletteColour(codes[index + 2] ?? 0)
        : `rgb(${codes.slice(index + 2, index + 5).join(', ')})`
      // 58 is the colour of the underline, which a log does not show.
      if (code !== 58) result = { ...result, [code === 38 ? 'foreground' : 'background']: colour }
      index += indexed ? 2 : 4
    } else result = withCode(result, code)
  }
  return result
}

function withCode(style: TerminalStyle, code: number): TerminalStyle {
  if (code === 0) return plainStyle
  const begun = decorations[code]
  if (begun !== undefined) return { ...style, decorations: [...new Set([...style.decorations, begun])] }
  const ended = endedDecorations[code]
  if (ended) return { ...style, decorations: style.decorations.filter((each) => !ended.includes(each)) }
  if (code === 7 || code === 27) return { ...style, inverse: code === 7 }
  if (code === 39) return { ...style, foreground: undefined }
  if (code === 49) return { ...style, background: undefined }
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97))
    return { ...style, foreground: namedColour(code % 10, code >= 90) }
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107))
    return { ...style, background: namedColour(code % 10, code >= 100) }
  return style
}

function namedColour(index: number, bright: boolean): string {
  return `${bright ? 'bright-' : ''}${colourNames[index] ?? 'white'}`
}

/** Returns a colour of the 256-colour palette: 16 names, a 6×6×6 cube, then 24 greys (xterm's 256colres.h). */
function paletteColour(index: number): string {
  if (index < 16) return namedColour(index % 8, index >= 8)
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

/** A CSS colour. The classes of named backgrounds set it themselves. */
const pageBackground = 'var(--ui-bg)'

export function lookOf(style: TerminalStyle): TextLook {
  const { foreground, background } = style.inverse ? inverted(style) : style
  return {
    classes: [
      ...style.decorations.map((decoration) => `ansi-${decoration}`),
      ...(isNamed(foreground) ? [`fg-ansi-${foreground}`] : []),
      ...(isNamed(background) ? [`bg-ansi-${background}`] : []),
    ],
    style: {
      ...(foreground === undefined || isNamed(foreground) ? {} : { color: foreground }),
      ...(background === undefined || isNamed(background) ? {} : { backgroundColor: background }),
    },
  }
}

/** The text has the colour of the page's background, if the style does not name a background. */
function inverted({ foreground = 'white', background }: TerminalStyle) {
  const isPlain = background === undefined && !isNamed(foreground)
  return { foreground: isPlain ? pageBackground : background, background: foreground }
}

function isNamed(colour: string | undefined): colour is string {
  return colour !== undefined && colour !== pageBackground && !colour.startsWith('rgb')
}
