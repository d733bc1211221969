import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { afterEach, beforeEach, expect, test, vi, type MockInstance } from 'vitest'
import { startDesktop } from '../../../../src/main/electron/desktop'
import { berthPaths } from '../../../../src/main/host/berth-files'
import { Machine } from '../../../../src/main/machine/machine'
import type { Client } from '../../../support/headless-client'
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  powerMonitor,
  protocol,
  resetElectron,
  session,
  Tray,
} from '../../../support/electron-double'
import { silentLog } from '../../../support/fake-services'

vi.mock('electron', () => import('../../../support/electron-double'))

let home: string
let start: MockInstance<Machine['start']>

beforeEach(async () => {
  resetElectron()
  home = await mkdtemp(join(tmpdir(), 'berth-desktop-'))
  await writeFile(join(home, 'index.html'), 'page')
  vi.stubEnv('DOCKER_CONFIG', join(home, 'docker-config'))
  start = vi.spyOn(Machine.prototype, 'start').mockResolvedValue()
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await rm(home, { recursive: true })
})

function desktop() {
  return startDesktop({
    paths: berthPaths({ BERTH_HOME: home }, process.platform),
    log: silentLog,
    files: { renderer: home, preload: '/app/preload.cjs', icons: '/app/icons' },
  })
}

/** Quits as the user does, and waits until the app has ended. */
async function quit(): Promise<void> {
  const ended = once(app, 'quit')
  app.quit()
  await ended
}

/** Connects as the preload script does for the page. */
function connect(): { client: Client; port: MessagePort } {
  let port: MessagePort | undefined
  const senderFrame = {
    url: 'app://berth/',
    parent: null,
    postMessage(_channel: string, _message: unknown, [transferred]: MessagePort[]) {
      port = transferred
    },
  }
  ipcMain.emit('berth:connect', { senderFrame, sender: {} })
  if (port === undefined) throw new Error('no port was handed over')
  port.start()
  return { client: createORPCClient<Client>(new RPCLink({ port })), port }
}

test('the window, its guards, the menu and the tray exist before the machine has started', async () => {
  let machineUp: (() => void) | undefined
  start.mockReturnValue(
    new Promise<void>((resolve) => {
      machineUp = resolve
    }),
  )
  await desktop()
  await vi.waitFor(() => {
    expect(start).toHaveBeenCalledOnce()
  })
  expect(BrowserWindow.all).toMatchObject([{ shown: true, url: 'app://berth/' }])
  expect(app.listenerCount('web-contents-created')).toBe(2)
  expect(session.defaultSession.handlers.setPermissionRequestHandler).toBeTypeOf('function')
  expect(protocol.handlers.has('app')).toBe(true)
  expect(Menu.application).not.toEqual([])
  expect(Tray.all).toHaveLength(1)
  machineUp?.()
  await quit()
})

test('the page reaches the services over its MessagePort', async () => {
  await desktop()
  const { client, port } = connect()
  expect(await client.app.info()).toEqual({ version: '1.2.3', host: 'electron', platform: process.platform })
  port.close()
  await quit()
})

test('quitting from the page stops the services and ends the app', async () => {
  const stop = vi.spyOn(Machine.prototype, 'stop')
  await desktop()
  const { client, port } = connect()
  const ended = once(app, 'quit')
  await client.app.quit({ discard: false })
  await ended
  expect(stop).toHaveBeenCalledOnce()
  expect(Tray.all[0]?.destroyed).toBe(true)
  port.close()
})

test('Berth asks about unsaved text before it stops anything', async () => {
  const stop = vi.spyOn(Machine.prototype, 'stop')
  await desktop()
  const { client, port } = connect()
  await client.app.reportUnsaved({ names: ['/srv/compose.yaml'] })
  dialog.answer = 1
  app.quit()
  expect(dialog.questions).toMatchObject([{ detail: expect.stringContaining('/srv/compose.yaml') as string }])
  await expect(client.app.quit({ discard: false })).rejects.toMatchObject({
    data: { code: 'app.unsaved-text' },
  })
  expect(stop).not.toHaveBeenCalled()
  dialog.answer = 0
  await quit()
  expect(stop).toHaveBeenCalledOnce()
  port.close()
})

test('Berth does not ask again after the page has asked', async () => {
  await desktop()
  const { client, port } = connect()
  await client.app.reportUnsaved({ names: ['/srv/compose.yaml'] })
  const ended = once(app, 'quit')
  await client.app.quit({ discard: true })
  await ended
  expect(dialog.questions).toEqual([])
  port.close()
})

test('if the machine does not start, the window stays open', async () => {
  const failure = new Error('no QEMU')
  start.mockRejectedValue(failure)
  const error = vi.spyOn(silentLog, 'error')
  await desktop()
  await vi.waitFor(() => {
    expect(error).toHaveBeenCalledWith({ err: failure }, expect.any(String))
  })
  expect(BrowserWindow.all).toMatchObject([{ shown: true }])
  await quit()
})

test('a second app on the same home folder is refused until the first one has quit', async () => {
  await desktop()
  await expect(desktop()).rejects.toMatchObject({ code: 'host.already-running' })
  expect(BrowserWindow.all).toHaveLength(1)
  await quit()
  await desktop()
  expect(BrowserWindow.all).toHaveLength(2)
  await quit()
})

test('the machine is notified when the computer wakes', async () => {
  const woke = vi.spyOn(Machine.prototype, 'hostWoke')
  await desktop()
  powerMonitor.emit('resume')
  expect(woke).toHaveBeenCalledOnce()
  await quit()
})
