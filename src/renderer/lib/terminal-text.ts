import { lookOf, plainStyle, withRendition, type TerminalStyle, type TextLook } from './terminal-style'

/** A text with a single look. A `mark` is the visible picture of a control character that a terminal would not show. */
export interface TextPart extends TextLook {
  text: string
  mark?: true
}

const escape = String.fromCharCode(27)
const bell = String.fromCharCode(7)
/** Control characters that are removed and get no mark: bell, and the shifts of character sets. */
const silent = [7, 14, 15]
/** The last column that cursor movements can reach, because the cursor of a terminal stops at the right edge. */
const rightEdge = 500
const tabWidth = 8

/**
 * Matches the control sequences of ECMA-48 5.4 and 5.6, incomplete sequences at the end of the text, and single control
 * characters.
 */
const controls = new RegExp(
  [
    `${escape}\\[([0-?]*)[ -/]*([@-~])`,
    `${escape}[\\]PX^_][^${bell}${escape}]*(?:${bell}|${escape}\\\\)?`,
    `${escape}(?:\\[[0-?]*[ -/]*)?$`,
    `${escape}[ -/]*[0-~]`,
    '[^\\P{Cc}\\t]',
  ].join('|'),
  'gu',
)
/** Matches output that moves the cursor in a line or erases: \r before text, backspace, and CSI C D G K P X ` @. */
const overwriting = new RegExp(`\\r[^\\r]|\\x08|${escape}\\[[0-?]*[CDGKPX@\`]`, 'u')
/** Matches the sequences CSI A B E F, which move the cursor to another row, and CSI J, which erases the rows below. */
const vertical = new RegExp(`${escape}\\[(\\d*)([ABEFJ])`, 'g')

type Token =
  | { kind: 'text'; text: string }
  | { kind: 'sequence'; final: string; parameters: string }
  | { kind: 'control'; code: number }

function* tokensOf(text: string): Generator<Token> {
  let end = 0
  for (const match of text.matchAll(controls)) {
    if (match.index > end) yield { kind: 'text', text: text.slice(end, match.index) }
    end = match.index + match[0].length
    const [all, parameters = '', final] = match
    if (final !== undefined) yield { kind: 'sequence', final, parameters }
    else if (all.length === 1 && all !== escape) yield { kind: 'control', code: all.charCodeAt(0) }
  }
  if (end < text.length) yield { kind: 'text', text: text.slice(end) }
}

/** Returns the style at the end of a text. `style` is the style at its beginning. */
export function styleAfter(text: string, style: TerminalStyle): TerminalStyle {
  if (!text.includes(escape)) return style
  let result = style
  for (const token of tokensOf(text))
    if (token.kind === 'sequence' && token.final === 'm') result = withRendition(result, token.parameters)
  return result
}

/** Returns a log line as a terminal shows it. `style` is the style at the end of the previous line. */
export function textParts(text: string, style: TerminalStyle = plainStyle): TextPart[] {
  if (overwriting.test(text)) return cellParts(cellsOf(text, style).cells)
  const parts: TextPart[] = []
  let current = style
  for (const token of tokensOf(text)) {
    if (token.kind === 'text') parts.push({ text: token.text, ...lookOf(current) })
    else if (token.kind === 'sequence') {
      if (token.final === 'm') current = withRendition(current, token.parameters)
    } else if (isMarked(token.code)) parts.push({ text: markOf(token.code), ...lookOf(current), mark: true })
  }
  return parts
}

/** A piece of text, and the cursor movement before the text. */
export interface RowText {
  text: string
  /** The number of rows that the cursor moves down. A negative number moves it up. */
  down: number
  /** True if the cursor keeps its column. Otherwise the cursor moves to the start of the row. */
  keepsColumn: boolean
  erasesBelow: boolean
}

/** Splits a text at each sequence that moves the cursor to another row, or erases everything below the cursor. */
export function splitRows(text: string): RowText[] {
  const first: RowText = { text, down: 0, keepsColumn: false, erasesBelow: false }
  const rows = [first]
  let last = first
  let end = 0
  /** A sequence that erases the rest of the cursor's own row. */
  let erasesRow = ''
  for (const { index, 0: sequence, 1: parameter = '', 2: final = '' } of text.matchAll(vertical)) {
    last.text = erasesRow + text.slice(end, index)
    end = index + sequence.length
    const rowCount = final === 'J' ? 0 : Math.max(1, Number(parameter))
    const erasesBelow = final === 'J' && Number(parameter) === 0
    erasesRow = erasesBelow ? `${escape}[K` : ''
    last = {
      text: erasesRow + text.slice(end),
      down: final === 'A' || final === 'F' ? -rowCount : rowCount,
      keepsColumn: final !== 'E' && final !== 'F',
      erasesBelow,
    }
    rows.push(last)
  }
  return rows
}

/** Returns the column of the cursor after a text, counted from 0. */
export function columnAfter(text: string): number {
  return cellsOf(text, plainStyle).column
}

/** Returns the sequence that moves the cursor to a column, counted from 0. */
export function toColumn(column: number): string {
  return `${escape}[${String(column + 1)}G`
}

/** One column of a row. A wide character takes two cells, and the second cell is empty. */
interface Cell {
  text: string
  style: TerminalStyle
  mark?: true
}

const blank: Cell = { text: ' ', style: plainStyle }

/** Writes text into the cells of a row as a terminal does. */
function cellsOf(text: string, startStyle: TerminalStyle): { cells: Cell[]; column: number } {
  const cells: Cell[] = []
  let style = startStyle
  let column = 0

  function put(cell: Cell, width: number): void {
    while (cells.length < column) cells.push(blank)
    // If the new cell overwrites one half of a wide character, erase the remaining half.
    if (cells[column]?.text === '' && column > 0) cells[column - 1] = blank
    if (cells[column + width]?.text === '') cells[column + width] = blank
    cells[column] = cell
    if (width === 2) cells[column + 1] = { text: '', style: cell.style }
    column += width
  }
  function write(character: string): void {
    const width = widthOf(character)
    const before = cells[column - 1]?.text === '' ? column - 2 : column - 1
    const base = cells[before]
    if (width > 0) put({ text: character, style }, width)
    else if (base) cells[before] = { ...base, text: base.text + character }
  }
  function control(code: number): void {
    if (code === 13) column = 0
    else if (code === 8) column = Math.max(0, column - 1)
    else if (isMarked(code))
      for (const character of markOf(code)) put({ text: character, style, mark: true }, 1)
  }
  function sequence(final: string, parameters: string): void {
    const number = Number.parseInt(parameters, 10) || 0
    const count = Math.max(1, number)
    const edge = Math.max(rightEdge, cells.length)
    if (final === 'm') style = withRendition(style, parameters)
    else if (final === 'G' || final === '`') column = Math.min(count - 1, edge)
    else if (final === 'C') column = Math.min(column + count, edge)
    else if (final === 'D') column = Math.max(0, column - count)
    else if (final === 'P') cells.splice(column, count)
    else if (final === '@') cells.splice(column, 0, ...blanks(Math.min(count, edge)))
    else if (final === 'X') cells.splice(column, count, ...blanks(Math.min(count, cells.length - column)))
    else if (final === 'K') {
      if (number === 0) cells.splice(column)
      else if (number === 1) cells.splice(0, column + 1, ...blanks(Math.min(column + 1, cells.length)))
      else cells.length = 0
    }
  }

  for (const token of tokensOf(text)) {
    if (token.kind === 'sequence') sequence(token.final, token.parameters)
    else if (token.kind === 'control') control(token.code)
    else
      for (const character of token.text) {
        if (character !== '\t') write(character)
        else column += tabWidth - (column % tabWidth)
      }
  }
  return { cells, column }
}

function blanks(count: number): Cell[] {
  return Array.from({ length: Math.max(0, count) }, () => blank)
}

function cellParts(cells: readonly Cell[]): TextPart[] {
  const parts: TextPart[] = []
  let last: Cell | undefined
  for (const cell of cells) {
    const part = parts.at(-1)
    if (part && last?.style === cell.style && last.mark === cell.mark) part.text += cell.text
    else parts.push({ text: cell.text, ...lookOf(cell.style), ...(cell.mark ? { mark: true } : {}) })
    last = cell
  }
  return parts.filter(({ text }) => text !== '')
}

const combining = /^[\p{Mn}\p{Me}\p{Cf}]$/u
/** The first and last code points of the wide blocks. This is a simplified list of W and F in EastAsianWidth.txt. */
const wideBlocks = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
] as const

function widthOf(character: string): 0 | 1 | 2 {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  if (combining.test(character)) return 0
  return wideBlocks.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

function isMarked(code: number): boolean {
  return code !== 13 && !silent.includes(code)
}

/** Returns Unicode's picture of an ASCII control character, or the hexadecimal code of a Latin-1 control character. */
function markOf(code: number): string {
  if (code < 32) return String.fromCodePoint(0x2400 + code)
  return code === 127 ? '\u2421' : `<${code.toString(16)}>`
}
