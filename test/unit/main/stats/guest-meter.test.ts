import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { GuestMeter } from '../../../../src/main/stats/guest-meter'
import type { Sample } from '../../../../src/main/stats/meter'
import { eventually } from '../../../support/eventually'

/** The other end of the stream: what the meter has written, and what the machine's program prints. */
async function meter() {
  let written = ''
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      written += chunk.toString()
      done()
    },
  })
  const samples: Sample[] = []
  let ends = 0
  const opened = await GuestMeter.start(
    { openCommand: () => Promise.resolve(stream) },
    { onSample: (sample) => samples.push(sample), onEnd: () => (ends += 1) },
  )
  const take = () => {
    const text = written
    written = ''
    return text
  }
  return { meter: opened, stream, samples, take, ends: () => ends }
}
const none = new Set<string>()

describe('the meter in the machine', () => {
  it('gets only what has changed', async () => {
    const { meter: opened, take } = await meter()
    const task = { containers: new Map([['web', 10]]), processesOf: none, interval: 5000 }
    opened.apply(task)
    expect(take()).toBe('every 5000\nadd 1 web 10\n')
    opened.apply(task)
    expect(take()).toBe('')
    opened.apply({ ...task, processesOf: new Set(['web', 'unknown']), interval: 1000 })
    expect(take()).toBe('every 1000\nprocesses 1\n')
    opened.apply({ ...task, interval: 1000 })
    expect(take()).toBe('noprocesses 1\n')
  })

  it('measures a restarted container under a new number, and keeps listing its processes', async () => {
    const { meter: opened, take } = await meter()
    const processesOf = new Set(['web'])
    opened.apply({ containers: new Map([['web', 10]]), processesOf, interval: 1000 })
    take()
    opened.apply({ containers: new Map([['web', 20]]), processesOf, interval: 1000 })
    expect(take()).toBe('remove 1\nadd 2 web 20\nprocesses 2\n')
    opened.apply({ containers: new Map(), processesOf: none, interval: 1000 })
    expect(take()).toBe('remove 2\n')
  })

  it('reports samples of the containers that it measures', async () => {
    const { meter: opened, stream, samples } = await meter()
    opened.apply({ containers: new Map([['web', 10]]), processesOf: none, interval: 1000 })
    stream.push('sample 1 1\nc 1 5 6 7 8 9 10 11\nc 2 5 6 7 8 9 10 11\nend\n')
    await eventually(() => {
      expect(samples.map(({ readings }) => readings.map(({ id }) => id))).toEqual([['web']])
    })
  })

  it('reports once that the program has ended, unless it was closed', async () => {
    const ended = await meter()
    ended.stream.push(null)
    await eventually(() => {
      expect(ended.ends()).toBe(1)
    })
    const closed = await meter()
    closed.meter.close()
    await eventually(() => {
      expect(closed.stream.closed).toBe(true)
    })
    expect(closed.ends()).toBe(0)
  })
})
