import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'
import { connectChannel, portChannel, portMessage, type BerthHost } from '../shared/electron-bridge'

/** The parts of the page's window that this script uses; main's type environment has no DOM. */
declare const window: {
  readonly origin: string
  postMessage(message: unknown, targetOrigin: string, transfer: IpcRendererEvent['ports']): void
}

function hostPlatform(): BerthHost['platform'] {
  const { platform } = process
  return platform === 'darwin' || platform === 'win32' ? platform : 'linux'
}

const berthHost: BerthHost = {
  platform: hostPlatform(),
  connect() {
    ipcRenderer.send(connectChannel)
  },
}

contextBridge.exposeInMainWorld('berthHost', berthHost)

// The bridge cannot carry a port: a message to our own window can.
ipcRenderer.on(portChannel, (event) => {
  window.postMessage(portMessage, window.origin, event.ports)
})
