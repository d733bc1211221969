import { describe, expect, it } from 'vitest'
import { ReplayBuffer } from '../../../../src/main/sessions/replay-buffer'
import type { Payload } from '../../../../src/main/sessions/source'
import type { LogEntry } from '../../../../src/shared/sessions'

const output = (text: string): Payload => ({ type: 'output', text })
const entry = (text: string): LogEntry => ({ stream: 'stdout', time: 0, text })
const logs = (...texts: string[]): Payload => ({ type: 'logs', entries: texts.map(entry) })

describe('a replay buffer', () => {
  it('has nothing to read at first', () => {
    const buffer = new ReplayBuffer(1_000)
    expect(buffer.read(0, 100)).toBeUndefined()
    expect(buffer.start).toBe(0)
  })

  it('joins small pieces that were appended', () => {
    const buffer = new ReplayBuffer(1_000)
    for (const text of ['a', 'bc', 'd']) buffer.append(output(text))
    expect(buffer.read(0, 100)).toEqual({ payload: output('abcd'), end: 4 })
  })

  it('continues at a reader’s position, even if later output was joined to the last piece', () => {
    const buffer = new ReplayBuffer(1_000)
    buffer.append(output('seen'))
    const part = buffer.read(0, 100)
    buffer.append(output(' new'))
    expect(buffer.read(part?.end ?? 0, 100)).toEqual({ payload: output(' new'), end: 8 })
  })

  it('leaves a reader’s piece unchanged when more output is appended', () => {
    const buffer = new ReplayBuffer(100_000)
    buffer.append(logs('one'))
    const part = buffer.read(0, 100)
    buffer.append(logs('two'))
    expect(part?.payload).toEqual(logs('one'))
    expect(buffer.read(part?.end ?? 0, 100)?.payload).toEqual(logs('two'))
  })

  it('keeps the newest output up to its capacity, and reports the position where that output begins', () => {
    const buffer = new ReplayBuffer(100_000)
    for (let index = 0; index < 50; index++) buffer.append(output(String(index % 10).repeat(10_000)))
    expect(buffer.end).toBe(500_000)
    expect(buffer.start).toBe(400_000)
    expect(buffer.read(buffer.start, 10_000)?.payload).toEqual(output('0'.repeat(10_000)))
  })

  it('keeps a single piece that is larger than its capacity', () => {
    const buffer = new ReplayBuffer(10)
    buffer.append(output('x'.repeat(50)))
    expect(buffer.read(0, 100)?.payload).toEqual(output('x'.repeat(50)))
  })

  it('returns whole pieces up to the requested length', () => {
    const buffer = new ReplayBuffer(100_000)
    for (let index = 0; index < 4; index++) buffer.append(output('x'.repeat(9_000)))
    expect(buffer.read(0, 20_000)?.end).toBe(18_000)
    expect(buffer.read(18_000, 20_000)?.end).toBe(36_000)
  })

  it('stays within its capacity for any number of small pieces', () => {
    const buffer = new ReplayBuffer(100_000)
    for (let index = 0; index < 300_000; index++) buffer.append(output('x'))
    expect(buffer.end - buffer.start).toBeGreaterThan(90_000)
    expect(buffer.end - buffer.start).toBeLessThanOrEqual(100_000)
  })
})
