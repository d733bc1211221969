import { describe, expect, it } from 'vitest'
import { type LineMark, movedMarks, positionOfLine } from '../../../../src/renderer/lib/line-marks'

const mark = (line: number): LineMark => ({ line, severity: 'error', text: 'wrong' })
const before = 'FROM a\nRUN one\nRUN two'

describe('the marks of a text', () => {
  it.each([
    ['stay in the same text', before, [2, 3]],
    ['do not mind other line ends', before.replaceAll('\n', '\r\n'), [2, 3]],
    ['move with their lines', `# new\n${before}`, [3, 4]],
    ['are gone from a line that has changed', 'FROM a\nRUN other\nRUN two', [3]],
    ['are gone from a removed line', 'FROM a\nRUN two', [2]],
    ['are gone from another text', '', []],
  ])('%s', (_title, after, lines) => {
    expect(movedMarks([mark(2), mark(3)], before, after).map(({ line }) => line)).toEqual(lines)
  })

  it('are gone from a text that has nothing in common', () => {
    const other = Array.from({ length: 5000 }, (_, index) => String(index)).join('\n')
    expect(movedMarks([mark(2)], before, other)).toEqual([])
  })
})

describe('the position of a line', () => {
  it('counts a line end as one character', () => {
    expect([1, 2, 3, 9].map((line) => positionOfLine('ab\r\nc\n', line))).toEqual([0, 3, 5, 6])
  })
})
