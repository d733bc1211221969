import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { shutDown } from '../../../../src/main/machine/shutdown'

const limits = { askMs: 20, powerOffMs: 1, powerButtonMs: 2, quitMs: 3 }

/** A machine that ends after one of the actions in `endsOn`, and a log of all actions. */
function machine(
  endsOn: string[],
  { up = true, stages = ['network'], execFails = false, isHostFull = false } = {},
) {
  const log: string[] = []
  const stoppable = {
    console: { hasReached: (stage: string) => stages.includes(stage) },
    isHostFull,
    qmp: {
      execute: (command: string) => {
        log.push(command)
        return Promise.resolve({})
      },
    },
    endsWithin: () => Promise.resolve(log.some((action) => endsOn.includes(action))),
    quit: () => {
      log.push('quit')
      return Promise.resolve()
    },
  }
  const link = {
    isUp: up,
    exec: (command: string) => {
      log.push(command)
      return execFails
        ? Promise.reject(new Error('connection lost'))
        : Promise.resolve({ code: 0, stdout: '', stderr: '' })
    },
    close: () => {
      log.push('close')
      return Promise.resolve()
    },
  }
  return { log, stop: () => shutDown(stoppable, link, pino({ level: 'silent' }), limits) }
}

describe('a shutdown', () => {
  it('first asks the guest to power off, and closes the link while it waits', async () => {
    const { log, stop } = machine(['poweroff'])
    await stop()
    expect(log).toEqual(['poweroff', 'close'])
  })

  it('makes QEMU quit without asking the guest if the machine waits for space on the host', async () => {
    const { log, stop } = machine([], { isHostFull: true })
    await stop()
    expect(log).toEqual(['close', 'quit'])
  })

  it('presses the power button when the guest does not power off', async () => {
    const { log, stop } = machine(['system_powerdown'])
    await stop()
    expect(log).toEqual(['poweroff', 'close', 'close', 'system_powerdown'])
  })

  it('presses the power button when the link is down', async () => {
    const { log, stop } = machine(['system_powerdown'], { up: false })
    await stop()
    expect(log).toEqual(['close', 'system_powerdown'])
  })

  it('presses the power button when the command over SSH fails', async () => {
    const { log, stop } = machine(['system_powerdown'], { execFails: true })
    await stop()
    expect(log).toEqual(['poweroff', 'close', 'system_powerdown'])
  })

  it('asks QEMU to quit when the guest does nothing', async () => {
    const { log, stop } = machine([])
    await stop()
    expect(log.at(-1)).toBe('quit')
  })

  it('does not wait for a guest that is not listening yet', async () => {
    const { log, stop } = machine([], { up: false, stages: [] })
    await stop()
    expect(log).toEqual(['close', 'quit'])
  })
})
