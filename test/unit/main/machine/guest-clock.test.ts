import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { GuestClock, parseTime } from '../../../../src/main/machine/guest-clock'
import type { CommandOptions, CommandResult } from '../../../../src/main/ssh/run-command'

const log = pino({ level: 'silent' })

/** A guest whose clock is wrong by `offset` milliseconds. Its output is that of the real script. */
class Guest extends EventEmitter {
  isUp = true
  commands = 0
  readonly set: number[] = []
  offset: number

  constructor(offset: number) {
    super()
    this.offset = offset
  }

  exec(_command: string, { input, onStdout }: CommandOptions = {}): Promise<CommandResult> {
    this.commands += 1
    const time = new Date(Date.now() + this.offset).toISOString().replace('T', ' ').replace('Z', '000000')
    onStdout?.(`${time} +0000\n`)
    return new Promise((resolve) => {
      const stream = input as Readable
      stream.on('data', (chunk: Buffer) => {
        const line = chunk.toString().trim()
        if (line !== '') {
          this.set.push(Number(line))
          this.offset = Number(line) * 1000 - Date.now()
        }
        onStdout?.('\n')
      })
      stream.on('end', () => {
        resolve({ code: 0, stdout: '', stderr: '' })
      })
    })
  }
}

function clockOf(guest: Guest, now?: () => number): GuestClock {
  return new GuestClock({ link: guest, log, ...(now ? { now } : {}) })
}

afterEach(() => {
  vi.useRealTimers()
})

describe('the guest’s clock', () => {
  it.each([-3_600_000, 3_600_000, -300, 300])('is set when it is wrong by %d ms', async (offset) => {
    const guest = new Guest(offset)
    await clockOf(guest).set()
    expect(guest.set.length).toBeGreaterThan(0)
    expect(Math.abs(guest.offset)).toBeLessThan(5_000)
  })

  it('is set immediately when it is very wrong, and then exactly', async () => {
    const guest = new Guest(-3_600_000)
    await clockOf(guest).set()
    expect(guest.set).toHaveLength(2)
  })

  it('is not changed when it is right', async () => {
    const guest = new Guest(50)
    await clockOf(guest).set()
    expect(guest.set).toEqual([])
  })

  it('follows a host whose clock was set back', async () => {
    const guest = new Guest(0)
    const clock = clockOf(guest, () => Date.now() - 86_400_000)
    await clock.set()
    expect(Math.abs(guest.offset + 86_400_000)).toBeLessThan(5_000)
  })

  it('is set when the link is up again, but not without a link or after a stop', async () => {
    const guest = new Guest(0)
    guest.isUp = false
    const clock = clockOf(guest)
    clock.start()
    expect(guest.commands).toBe(0)
    guest.isUp = true
    guest.emit('up')
    expect(guest.commands).toBe(1)
    await clock.set()
    clock.stop()
    guest.emit('up')
    expect(guest.commands).toBe(1)
  })

  it('cannot be set if the guest refuses, and the error has the guest’s reason', async () => {
    const guest = new Guest(0)
    guest.exec = () => Promise.resolve({ code: 1, stdout: '', stderr: 'no such file' })
    await expect(clockOf(guest).set()).rejects.toThrow('no such file')
  })
})

describe('the time that the guest prints', () => {
  it('is understood to the millisecond', () => {
    expect(parseTime('2026-11-21 08:25:10.232816384 +0000')).toBe(Date.UTC(2026, 10, 21, 8, 25, 10, 232))
    expect(parseTime('2026-11-21 08:25:10.232816384 +0900')).toBe(Date.UTC(2026, 10, 20, 23, 25, 10, 232))
  })

  it.each(['', 'no such file', '2026-11-21', '99:99'])('is refused when it is not a time: %j', (text) => {
    expect(() => parseTime(text)).toThrow('could not parse')
  })
})
