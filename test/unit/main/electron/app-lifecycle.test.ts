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
  const mayQuit = vi.fn(() => true)
  const lifecycle = followLifecycle({ platform, shutdown, showMainWindow, mayQuit, log: silentLog })
  return { end, shutdown, showMainWindow, mayQuit, lifecycle }
}

describe('quitting', () => {
  test('waits until the machine has stopped', async () => {
    const { shutdown, end, lifecycle } = follow()
    expect(lifecycle.isQuitting()).toBe(false)
    app.quit()
    expect(shutdown).toHaveBeenCalledOnce()
    expect(lifecycle.isQuitting()).toBe(true)
    expect(app.ended).toBe(false)
    end.emit('stopped')
    await vi.waitFor(() => {
      expect(app.ended).toBe(true)
    })
  })

  test('stops nothing if the user keeps editing, and asks again the next time', () => {
    const { shutdown, mayQuit, lifecycle } = follow()
    mayQuit.mockReturnValueOnce(false)
    app.quit()
    expect(shutdown).not.toHaveBeenCalled()
    expect(lifecycle.isQuitting()).toBe(false)
    app.quit()
    expect(mayQuit).toHaveBeenCalledTimes(2)
    expect(shutdown).toHaveBeenCalledOnce()
  })

  test('does not ask if the page has asked', () => {
    const { shutdown, mayQuit, lifecycle } = follow()
    mayQuit.mockReturnValue(false)
    lifecycle.quit()
    expect(shutdown).toHaveBeenCalledOnce()
  })

  test('stops the machine only once', async () => {
    const { shutdown, end } = follow()
    app.quit()
    app.quit()
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
    const { end } = follow()
    app.quit()
    const failure = new Error('no answer')
    end.emit('failed', failure)
    await vi.waitFor(() => {
      expect(app.ended).toBe(true)
    })
    expect(error).toHaveBeenCalledWith({ err: failure }, expect.any(String))
  })
})

describe('without a window', () => {
  test.each(['linux', 'win32'] as const)('the app quits on %s', (platform) => {
    const { shutdown } = follow(platform)
    app.emit('window-all-closed')
    expect(shutdown).toHaveBeenCalledOnce()
  })

  test('the app keeps running on macOS, and its Dock icon brings the window back', () => {
    const { shutdown, showMainWindow } = follow('darwin')
    app.emit('window-all-closed')
    expect(shutdown).not.toHaveBeenCalled()
    app.emit('activate')
    expect(showMainWindow).toHaveBeenCalledOnce()
  })
})
