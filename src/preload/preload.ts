import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'
import { connectChannel, portChannel, portMessage, type BerthHost } from '../shared/electron-bridge'
import { supportedPlatform } from '../shared/platform'

/** The parts of the page's `window` that this script uses. This TypeScript project does not include the DOM types. */
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

// `contextBridge` cannot pass a MessagePort to the page, but `window.postMessage` can.
ipcRenderer.on(portChannel, (event) => {
  window.postMessage(portMessage, window.origin, event.ports)
})
