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

// `vi.resetModules` keeps a double that is already loaded. So the script gets the same double as this test.
beforeAll(() => import('electron'))

beforeEach(() => {
  resetElectron()
  // Each test has a new page, so the script runs again.
  vi.resetModules()
  page.postMessage.mockClear()
  vi.stubGlobal('window', page)
})

describe('the page gets', () => {
  test('one object with the platform and the function `connect`, and nothing else of Electron', async () => {
    expect(await load()).toEqual({ platform: process.platform, connect: expect.any(Function) as unknown })
    expect([...contextBridge.exposed.keys()]).toEqual(['berthHost'])
  })

  test('a function that requests a new connection with every call', async () => {
    const berthHost = await load()
    expect(ipcRenderer.sent).toEqual([])
    const connect: unknown = Reflect.get(berthHost, 'connect')
    if (typeof connect !== 'function') throw new Error('no connect')
    Reflect.apply(connect, undefined, [])
    Reflect.apply(connect, undefined, [])
    expect(ipcRenderer.sent).toEqual(['berth:connect', 'berth:connect'])
  })

  test('the MessagePort in a message that is sent only to the origin of the page', async () => {
    await load()
    const ports = [{ name: 'port' }]
    ipcRenderer.emit('berth:port', { ports })
    expect(page.postMessage).toHaveBeenCalledOnce()
    expect(page.postMessage).toHaveBeenCalledWith({ type: 'berth:port' }, 'app://berth', ports)
  })
})
