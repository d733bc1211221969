import { diffArrays } from 'diff'

/** A message about one line of a text. */
export interface LineMark {
  /** The line, from 1. */
  line: number
  severity: 'error' | 'warning'
  text: string
}

/** With more changed lines than this, the texts have nothing in common that would be worth a mark. */
const mostChanges = 1000

/**
 * Moves marks from the lines of a text to the lines of a changed text. A mark whose line has changed is left out,
 * because it may no longer be true.
 */
export function movedMarks(marks: readonly LineMark[], before: string, after: string): LineMark[] {
  const lines = movedLines(before, after)
  return marks.flatMap((mark) => {
    const line = lines.get(mark.line)
    return line === undefined ? [] : [{ ...mark, line }]
  })
}

/** For each line of `before` that is also in `after`, its number there. */
function movedLines(before: string, after: string): Map<number, number> {
  const split = (text: string) => text.split(/\r?\n/)
  const moved = new Map<number, number>()
  let [from, to] = [1, 1]
  const options = { maxEditLength: mostChanges }
  for (const { added, removed, count } of diffArrays(split(before), split(after), options) ?? []) {
    if (!added && !removed) for (let index = 0; index < count; index += 1) moved.set(from + index, to + index)
    if (!added) from += count
    if (!removed) to += count
  }
  return moved
}

/** Where a line begins, as CodeMirror counts positions: with one character for each line end. */
export function positionOfLine(text: string, line: number): number {
  return text
    .split(/\r?\n/)
    .slice(0, line - 1)
    .reduce((length, one) => length + one.length + 1, 0)
}
