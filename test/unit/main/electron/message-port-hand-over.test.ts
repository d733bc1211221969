import type { MessagePort } from 'node:worker_threads'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { handOverPorts } from '../../../../src/main/electron/message-port-hand-over'
import { ipcMain, resetElectron } from '../../../support/electron-double'
import { silentLog } from '../../../support/fake-services'

vi.mock('electron', () => import('../../../support/electron-double'))

type Post = (channel: string, message: unknown, transfer: MessagePort[]) => void

function frame(url: string, parent: object | null = null) {
  return { url, parent, postMessage: vi.fn<Post>() }
}

interface Served {
  port: { postMessage(message: unknown): void }
  close: () => void
}
const served: Served[] = []

beforeEach(() => {
  resetElectron()
  served.length = 0
  handOverPorts((port) => {
    const connection = { port, close: vi.fn() }
    served.push(connection)
    return connection
  }, silentLog)
})

function connect(senderFrame: unknown, sender: object = {}): void {
  ipcMain.emit('berth:connect', { senderFrame, sender })
}

test('the app’s page gets one end of a channel, and the contract is served on the other end', async () => {
  const page = frame('app://berth/containers')
  connect(page)
  expect(page.postMessage).toHaveBeenCalledOnce()
  const [channel, message, ports] = page.postMessage.mock.calls[0] ?? []
  expect([channel, message, ports?.length]).toEqual(['berth:port', null, 1])

  const [theirs] = ports ?? []
  const ours = served[0]?.port
  expect(ours).not.toBe(theirs)
  const answer = new Promise((resolve) => theirs?.once('message', resolve))
  ours?.postMessage('hello')
  expect(await answer).toBe('hello')
  theirs?.close()
})

describe('no MessagePort is given to', () => {
  const top = frame('app://berth/')
  test.each([
    ['a frame of another origin', frame('https://example.com/')],
    ['a page whose host name begins with the app’s host name', frame('app://berth.evil/')],
    ['a frame within the app’s page', frame('app://berth/', top)],
    ['a foreign frame within the app’s page', frame('https://example.com/', top)],
    ['an empty page', frame('about:blank')],
    ['a page without a URL', frame('')],
  ])('%s', (_who, sender) => {
    connect(sender)
    expect(sender.postMessage).not.toHaveBeenCalled()
    expect(served).toEqual([])
  })

  test('a frame that no longer exists', () => {
    connect(null)
    expect(served).toEqual([])
  })
})

test('a page that requests another connection loses its earlier connection, but other pages keep theirs', () => {
  const [first, second] = [{}, {}]
  connect(frame('app://berth/'), first)
  connect(frame('app://berth/shell'), second)
  connect(frame('app://berth/'), first)
  expect(served).toHaveLength(3)
  expect(served[0]?.close).toHaveBeenCalledOnce()
  expect(served[1]?.close).not.toHaveBeenCalled()
  expect(served[2]?.close).not.toHaveBeenCalled()
})
