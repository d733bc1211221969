import { RPCHandler } from '@orpc/server/message-port'
import { Connection } from './connection'
import { readEnvelope } from './envelope'
import { berthErrors } from './errors'
import type { Api } from './router'

/** The sending half of a carrier. */
export interface Wire {
  send(message: string): void
  close(): void
}

export interface Served {
  /** Closing it closes the wire too. */
  connection: Connection
  receive: (message: unknown) => void
}

/**
 * Serves the contract over a wire of JSON messages until its connection is closed. A message that is not a call of
 * ours closes it. oRPC's message-port handler is used for every carrier: it is the one that takes messages which
 * have been parsed, and so checked, already.
 */
export function serve(api: Api, wire: Wire): Served {
  const connection = new Connection()
  const handler = new RPCHandler(api.router, { clientInterceptors: [berthErrors(api.log)] })
  let call: (event: { data: unknown }) => void = () => undefined
  handler.upgrade(
    {
      on(event, listener) {
        if (event === 'message') call = listener
        else connection.onClose(listener)
      },
      postMessage(message: string) {
        if (!connection.closed.aborted) wire.send(message)
      },
    },
    { context: { connection } },
  )
  connection.onClose(() => {
    wire.close()
  })
  return {
    connection,
    receive(message) {
      if (connection.closed.aborted) return
      const envelope = readEnvelope(message)
      if (envelope !== undefined) {
        call({ data: envelope })
        return
      }
      api.log.warn('a client sent something that is not a call: its connection was closed')
      connection.close()
    },
  }
}
