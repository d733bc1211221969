import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { followLifecycle } from '../../../../src/main/electron/app-lifecycle'
import { app, resetElectron } from '../../../support/electron-double'
import { silentLog } from '../../../support/fake-services'

vi.mock('electron', () => import('../../../support/electron-double'))

beforeEach(resetElectron)

function follow(platform: NodeJS.Platform = 'linux') {
  const end = new EventEmitter<{ stopped: []; failed: [Error] }>()
  const shutdown = vi.fn(
    () =>
      new Promise<void>((resolve, reject) => {
        end.once('stopped', resolve)
        end.once('failed', reject)
      }),
  )
  const showMainWindow = vi.fn()
  const mayQuit = vi.fn(() => Promise.resolve(true))
  const lifecycle = followLifecycle({ platform, shutdown, showMainWindow, mayQuit, log: silentLog })
  return { end, shutdown, showMainWindow, mayQuit, lifecycle }
}

/** Resolves when the machine begins to stop. */
function began(shutdown: () => Promise<void>): Promise<void> {
  return vi.waitFor(() => {
    expect(shutdown).toHaveBeenCalledOnce()
  })
}

describe('quitting', () => {
  test('waits until the machine has stopped', async () => {
    const { shutdown, end, lifecycle } = follow()
    expect(lifecycle.isQuitting()).toBe(false)
    app.quit()
    await began(shutdown)
    expect(lifecycle.isQuitting()).toBe(true)
    expect(app.ended).toBe(false)
    end.emit('stopped')
    await vi.waitFor(() => {
      expect(app.ended).toBe(true)
    })
  })

  test('stops nothing while the question is open, or if the user keeps editing, and asks again the next time', async () => {
    const { shutdown, mayQuit, lifecycle } = follow()
    let answer: (may: boolean) => void = () => undefined
    const answered = new Promise<boolean>((resolve) => {
      answer = resolve
    })
    mayQuit.mockReturnValueOnce(answered)
    app.quit()
    app.quit()
    expect(mayQuit).toHaveBeenCalledOnce()
    answer(false)
    await answered
    expect(shutdown).not.toHaveBeenCalled()
    expect(lifecycle.isQuitting()).toBe(false)
    await vi.waitFor(() => {
      app.quit()
      expect(mayQuit).toHaveBeenCalledTimes(2)
    })
    await began(shutdown)
  })

  test('does not ask if the page has asked', () => {
    const { shutdown, mayQuit, lifecycle } = follow()
    mayQuit.mockResolvedValue(false)
    lifecycle.quit()
    expect(shutdown).toHaveBeenCalledOnce()
  })

  test('stops the machine only once', async () => {
    const { shutdown, end } = follow()
    app.quit()
    app.quit()
    await began(shutdown)
    app.emit('window-all-closed')
    expect(app.ended).toBe(false)
    end.emit('stopped')
    await vi.waitFor(() => {
      expect(app.ended).toBe(true)
    })
    expect(shutdown).toHaveBeenCalledOnce()
  })

  test('ends the app even when the machine does not stop cleanly', async () => {
    const error = vi.spyOn(silentLog, 'error')
    const { end, shutdown } = follow()
    app.quit()
    await began(shutdown)
    const failure = new Error('no answer')
    end.emit('failed', failure)
    await vi.waitFor(() => {
      expect(app.ended).toBe(true)
    })
    expect(error).toHaveBeenCalledWith({ err: failure }, expect.any(String))
  })
})

describe('without a window', () => {
  test.each(['linux', 'win32'] as const)('the app quits on %s', async (platform) => {
    const { shutdown } = follow(platform)
    app.emit('window-all-closed')
    await began(shutdown)
  })

  test('the app keeps running on macOS, and its Dock icon brings the window back', () => {
    const { shutdown, showMainWindow } = follow('darwin')
    app.emit('window-all-closed')
    expect(shutdown).not.toHaveBeenCalled()
    app.emit('activate')
    expect(showMainWindow).toHaveBeenCalledOnce()
  })
})
