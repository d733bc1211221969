import { describe, expect, it } from 'vitest'
import { roughDuration, stepTime } from '../../../../src/renderer/lib/durations'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

describe('roughDuration', () => {
  it.each<[number, string, number]>([
    [0, 'lessThanASecond', 0],
    [999, 'lessThanASecond', 0],
    [second, 'seconds', 1],
    [59 * second, 'seconds', 59],
    [minute, 'aboutAMinute', 1],
    [2 * minute - 1, 'aboutAMinute', 1],
    [2 * minute, 'minutes', 2],
    [59 * minute, 'minutes', 59],
    [hour, 'aboutAnHour', 1],
    [90 * minute, 'hours', 2],
    [47 * hour, 'hours', 47],
    [2 * day, 'days', 2],
    [13 * day, 'days', 13],
    [14 * day, 'weeks', 2],
    [59 * day, 'weeks', 8],
    [60 * day, 'months', 2],
    [729 * day, 'months', 24],
    [730 * day, 'years', 2],
  ])('rounds %d ms as docker ps does', (milliseconds, unit, count) => {
    expect(roughDuration(milliseconds)).toEqual({ unit, count })
  })
})

describe('stepTime', () => {
  it('shows tenths of a second up to a minute, then minutes and seconds', () => {
    expect(stepTime(0)).toBe('0.0 s')
    expect(stepTime(8_440)).toBe('8.4 s')
    expect(stepTime(59_949)).toBe('59.9 s')
    expect(stepTime(59_960)).toBe('1:00 min')
    expect(stepTime(65_900)).toBe('1:05 min')
  })

  it('is never negative, even if someone set back the clock of the host', () => {
    expect(stepTime(-500)).toBe('0.0 s')
  })
})
