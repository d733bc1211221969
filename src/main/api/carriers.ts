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

/** Serves the contract on a MessagePort until it closes. Closing the connection closes the port. */
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

/** RFC 6455, section 7.4.1: a message that violates the endpoint's policy, or is of a kind it does not take. */
const policyViolation = 1008
/** Bytes. Sessions have credit; a client that leaves this much of anything else unread has hung and is disconnected. */
const unreadLimit = 64_000_000

/** Serves the contract on an authorised WebSocket until it closes. Closing the connection closes the socket. */
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
  // A close always follows. ws reports protocol errors and too long messages here.
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
  /** Closing it closes the wire too. */
  connection: Connection
  receive: (message: unknown) => void
}

/**
 * Serves the contract over a wire of JSON messages until its connection closes. A message that is not a call closes
 * it. Every carrier uses oRPC's handler for message ports, because only that one takes parsed messages, which we have
 * checked.
 */
function serve(api: Api, wire: Wire): Served {
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
      api.log.warn('closed a connection that sent an invalid message')
      connection.close()
    },
  }
}

/**
 * A call or its cancellation, as an oRPC client of ours sends it in JSON (@orpc/standard-server-peer,
 * `serializeRequestMessage`). oRPC trusts these fields, so we check them first. Our contract has no streams from the
 * client.
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

/** The message as the object that oRPC takes; undefined when it is not one of ours. */
export function readEnvelope(message: unknown): Envelope | undefined {
  if (typeof message !== 'string') return undefined
  try {
    return envelopeSchema.safeParse(JSON.parse(message)).data
  } catch {
    return undefined
  }
}
