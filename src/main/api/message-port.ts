import { onMessagePortClose, onMessagePortMessage } from '@orpc/client/message-port'
import { serve } from './carrier'
import type { Connection } from './connection'
import type { Api } from './router'

/** Electron's `MessagePortMain` and Node's `MessagePort` both fit. */
export interface ContractPort {
  on(event: string, listener: (event?: { data: unknown }) => void): unknown
  postMessage(message: string): void
  start(): void
  close(): void
}

/** Serves the contract on a port until it closes. Closing the connection closes the port. */
export function serveMessagePort(api: Api, port: ContractPort): Connection {
  const { connection, receive } = serve(api, {
    send: (message) => {
      port.postMessage(message)
    },
    close: () => {
      port.close()
    },
  })
  onMessagePortMessage(port, receive)
  onMessagePortClose(port, () => {
    connection.close()
  })
  port.start()
  return connection
}
