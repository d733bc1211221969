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
import { parseOwnUrl } from './origin'

export interface ServedPort {
  close(): void
}

/**
 * Gives a page that asks for it one end of a message channel and the other end to `serve`. Whoever holds a port
 * may do all that the contract offers, so only the top frame of our own origin gets one. A page that asks again
 * loses its earlier port.
 */
export function handOverPorts(serve: (port: MessagePortMain) => ServedPort, log: Logger): void {
  const served = new WeakMap<WebContents, ServedPort>()
  ipcMain.on(connectChannel, (event) => {
    const frame = trustedFrame(event)
    if (frame === undefined) {
      log.warn({ url: event.senderFrame?.url }, 'a frame that is not ours asked for a connection')
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
