import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { contextBridge, ipcRenderer, resetElectron } from '../../support/electron-double'

vi.mock('electron', () => import('../../support/electron-double'))

const page = { origin: 'app://berth', postMessage: vi.fn() }

/** Runs the preload script as Electron does for a new page. */
async function load(): Promise<object> {
  await import('../../../src/preload/preload')
  const berthHost = contextBridge.exposed.get('berthHost')
  if (typeof berthHost !== 'object' || berthHost === null) throw new Error('nothing was exposed')
  return berthHost
}

// Read once, and kept from then on: a script that is read again still gets this one.
beforeAll(() => import('electron'))

beforeEach(() => {
  resetElectron()
  // A new page: the script runs again.
  vi.resetModules()
  page.postMessage.mockClear()
  vi.stubGlobal('window', page)
})

describe('the page gets', () => {
  test('one object with the platform and connect, and nothing of Electron', async () => {
    expect(await load()).toEqual({ platform: process.platform, connect: expect.any(Function) as unknown })
    expect([...contextBridge.exposed.keys()]).toEqual(['berthHost'])
  })

  test('a way to ask for a connection, as often as it likes', async () => {
    const berthHost = await load()
    expect(ipcRenderer.sent).toEqual([])
    const connect: unknown = Reflect.get(berthHost, 'connect')
    if (typeof connect !== 'function') throw new Error('no connect')
    Reflect.apply(connect, undefined, [])
    Reflect.apply(connect, undefined, [])
    expect(ipcRenderer.sent).toEqual(['berth:connect', 'berth:connect'])
  })

  test('the port in a message to its own origin only', async () => {
    await load()
    const ports = [{ name: 'port' }]
    ipcRenderer.emit('berth:port', { ports })
    expect(page.postMessage).toHaveBeenCalledOnce()
    expect(page.postMessage).toHaveBeenCalledWith({ type: 'berth:port' }, 'app://berth', ports)
  })
})
