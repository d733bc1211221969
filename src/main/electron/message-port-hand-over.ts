import {
  ipcMain,
  MessageChannelMain,
  type IpcMainEvent,
  type MessagePortMain,
  type WebContents,
  type WebFrameMain,
} from 'electron'
import { connectChannel, portChannel } from '../../shared/electron-bridge'
import type { Logger } from '../host'
import { parseOwnUrl } from './protocol'

export interface ServedPort {
  close(): void
}

/**
 * When a page requests a connection, the page gets one end of a message channel, and `serve` gets the other end. A
 * MessagePort gives access to the whole contract, so only the top frame of Berth's own origin gets one. If a page
 * requests another connection, its earlier MessagePort is closed.
 */
export function handOverPorts(serve: (port: MessagePortMain) => ServedPort, log: Logger): void {
  const served = new WeakMap<WebContents, ServedPort>()
  ipcMain.on(connectChannel, (event) => {
    const frame = trustedFrame(event)
    if (frame === undefined) {
      log.warn({ url: event.senderFrame?.url }, 'refused a connection to a frame of another origin')
      return
    }
    served.get(event.sender)?.close()
    const { port1, port2 } = new MessageChannelMain()
    served.set(event.sender, serve(port1))
    frame.postMessage(portChannel, null, [port2])
  })
}

function trustedFrame({ senderFrame }: IpcMainEvent): WebFrameMain | undefined {
  if (senderFrame?.parent !== null) return undefined
  return parseOwnUrl(senderFrame.url) === undefined ? undefined : senderFrame
}
