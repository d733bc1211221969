import { describe, expect, it } from 'vitest'
import { parseRecord } from '../../../../src/main/logs/log-records'

const time = '2026-11-20T22:00:00.123456789Z'

function record(log: string, stream = 'stdout'): string {
  return `2 100 90 ${JSON.stringify({ log, stream, time })}`
}

describe('parseRecord', () => {
  it('makes a line with its position, its time and its stream', () => {
    expect(parseRecord(record('<b>hi</b>\n', 'stderr'))).toEqual({
      log: 2,
      position: 100,
      next: 190,
      time: Date.parse(time),
      stream: 'stderr',
      text: '<b>hi</b>',
    })
  })

  it('removes the carriage return of a terminal', () => {
    expect(parseRecord(record('a\rb\r\n'))?.text).toBe('a\rb')
  })

  it('knows a part of a long line from the last output of a program', () => {
    expect(parseRecord(record('x'.repeat(16 * 1024)))?.continues).toBe(true)
    expect(parseRecord(record('Password: '))?.continues).toBeUndefined()
  })

  it.each(['0 0 5 {"log', '0 0 5 null', '0 0 5 {"log":"a","time":"yesterday"}', '0 0 5 {"log":"a"}', '0 0'])(
    'ignores the broken record “%s”',
    (line) => {
      expect(parseRecord(line)).toBeUndefined()
    },
  )
})
