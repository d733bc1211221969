import { onMessagePortClose, onMessagePortMessage } from '@orpc/client/message-port'
import { RPCHandler } from '@orpc/server/message-port'
import type { WebSocket } from 'ws'
import { z } from 'zod'
import { berthErrors } from './errors'
import { Connection } from './implementer'
import type { Api } from './router'

/** Electron's `MessagePortMain` or Node's `MessagePort`. */
export interface ContractPort {
  on(event: string, listener: (event?: { data: unknown }) => void): unknown
  postMessage(message: string): void
  start(): void
  close(): void
}

/** Serves the contract on a MessagePort until the port closes. Closing the connection closes the port. */
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

/** RFC 6455, section 7.4.1: the endpoint received a message that violates its policy. */
const policyViolation = 1008
/**
 * The most bytes that may wait for one client. Flow control keeps the output of sessions far below this limit. So a
 * client with more waiting bytes has hung, and Berth disconnects the client.
 */
const unreadLimit = 64_000_000

/** Serves the contract on an authorised WebSocket until the socket closes. Closing the connection closes the socket. */
export function serveWebSocket(api: Api, socket: WebSocket): Connection {
  const { connection, receive } = serve(api, {
    send: (message) => {
      if (socket.bufferedAmount > unreadLimit) socket.terminate()
      else socket.send(message)
    },
    close: () => {
      socket.close(policyViolation)
    },
  })
  socket.on('message', (data: Buffer, isBinary) => {
    receive(isBinary ? undefined : data.toString('utf8'))
  })
  socket.on('close', () => {
    connection.close()
  })
  // ws reports protocol errors and messages that are too long here. A `close` event always follows.
  socket.on('error', (error) => {
    api.log.warn({ err: error }, 'a WebSocket failed')
  })
  return connection
}

/** The sending half of a carrier. */
interface Wire {
  send(message: string): void
  close(): void
}

interface Served {
  /** Closing the connection also closes the wire. */
  connection: Connection
  receive: (message: unknown) => void
}

/**
 * Serves the contract over a wire of JSON messages until the connection closes. A message that is neither a call nor a
 * cancellation closes the connection. Every carrier uses oRPC's handler for message ports, because only that handler
 * accepts parsed messages. So Berth can check each message before oRPC handles the message.
 */
function serve(api: Api, wire: Wire): Served {
  const connection = new Connection()
  api.clientConnected(connection.closed)
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
      api.log.warn('closed a connection that sent an invalid message')
      connection.close()
    },
  }
}

/**
 * The JSON of a call or a cancellation, as Berth's oRPC client sends it (@orpc/standard-server-peer,
 * `serializeRequestMessage`). oRPC trusts these fields, so Berth checks them first. The contract has no streams from
 * the client, so the schema allows no other messages.
 */
const envelopeSchema = z.union([
  z.object({
    t: z.literal(1).optional(),
    i: z.string().min(1).max(32),
    p: z.object({
      u: z.string().regex(/^\/[A-Za-z/]{1,128}$/),
      m: z.literal('POST').optional(),
      h: z.object({}).optional(),
      b: z.unknown().optional(),
    }),
  }),
  z.object({ t: z.literal(4), i: z.string().min(1).max(32), p: z.unknown().optional() }),
])
type Envelope = z.infer<typeof envelopeSchema>

/**
 * Parses a message into the object that oRPC expects. Returns undefined if the message is not a valid call or
 * cancellation.
 */
export function readEnvelope(message: unknown): Envelope | undefined {
  if (typeof message !== 'string') return undefined
  try {
    return envelopeSchema.safeParse(JSON.parse(message)).data
  } catch {
    return undefined
  }
}
