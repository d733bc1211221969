import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'
import { connectChannel, portChannel, portMessage, type BerthHost } from '../shared/electron-bridge'
import { supportedPlatform } from '../shared/platform'

/** The parts of the page's window that this script uses. This project's types have no DOM. */
declare const window: {
  readonly origin: string
  postMessage(message: unknown, targetOrigin: string, transfer: IpcRendererEvent['ports']): void
}

const berthHost: BerthHost = {
  platform: supportedPlatform(process.platform),
  connect() {
    ipcRenderer.send(connectChannel)
  },
}

contextBridge.exposeInMainWorld('berthHost', berthHost)

// The bridge cannot pass a MessagePort to the page, but a message to the window can.
ipcRenderer.on(portChannel, (event) => {
  window.postMessage(portMessage, window.origin, event.ports)
})
