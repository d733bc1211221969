import { type ClientLink, type ClientContext } from '@orpc/client'
import { RPCLink as MessagePortLink } from '@orpc/client/message-port'
import { RPCLink as WebSocketLink } from '@orpc/client/websocket'
import ReconnectingWebSocket from 'partysocket/ws'
import { BerthError } from '../../shared/errors'
import { portMessage, type BerthHost } from '../../shared/electron-bridge'
import { Connection } from './connection'
import { toBerthError } from './errors'

export interface Carrier {
  readonly connection: Connection
  readonly link: ClientLink<ClientContext>
}

function isPortMessage(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === portMessage.type
}

/**
 * Returns an interceptor that turns the error of a failed call into a BerthError. Without a connection, the error is
 * `api.disconnected`. With a connection, the error is the error of the service.
 */
function errorInterceptor(connection: Connection) {
  return async <T>(options: { next: () => Promise<T> }): Promise<T> => {
    try {
      return await options.next()
    } catch (error) {
      if (connection.status !== 'open') throw new BerthError('api.disconnected', {}, { cause: error })
      throw toBerthError(error)
    }
  }
}

/** For Electron: the page asks the preload script for a MessagePort. A new MessagePort replaces the previous one. */
function messagePortCarrier(host: BerthHost): Carrier {
  const connection = new Connection()
  let current: ClientLink<ClientContext> | undefined
  window.addEventListener('message', (event) => {
    const [port] = event.ports
    if (event.source !== window || !isPortMessage(event.data) || port === undefined) return
    const link = new MessagePortLink({ port, interceptors: [errorInterceptor(connection)] })
    port.addEventListener('close', () => {
      if (current !== link) return
      connection.set('lost')
      host.connect()
    })
    port.start()
    current = link
    // A new MessagePort is a new connection, so streams on the old MessagePort must be reopened.
    connection.set('lost')
    connection.set('open')
  })
  host.connect()
  return {
    connection,
    link: {
      call: async (path, input, options) => {
        await connection.whenOpen(options.signal ?? new AbortController().signal)
        if (current === undefined) throw new BerthError('api.disconnected')
        return current.call(path, input, options)
      },
    },
  }
}

const readyStates = [0, 1, 2, 3] as const

/**
 * Adapts the reconnecting socket to the type that `WebSocketLink` expects. The adapter is necessary because the
 * reconnecting socket declares its `readyState` as any number.
 */
function asWebSocket(
  socket: ReconnectingWebSocket,
): Pick<WebSocket, 'addEventListener' | 'removeEventListener' | 'send' | 'readyState'> {
  return {
    addEventListener: socket.addEventListener.bind(socket),
    removeEventListener: socket.removeEventListener.bind(socket),
    send: socket.send.bind(socket),
    get readyState() {
      return readyStates.find((state) => state === socket.readyState) ?? WebSocket.CLOSED
    },
  }
}

/** For a browser: a WebSocket to the page's own origin. If the connection is lost, the WebSocket reconnects. */
function webSocketCarrier(): Carrier {
  const connection = new Connection()
  const url = new URL('/api', window.location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new ReconnectingWebSocket(url.href, [], {
    minReconnectionDelay: 300,
    maxReconnectionDelay: 3_000,
    connectionTimeout: 10_000,
  })
  socket.addEventListener('open', () => {
    connection.set('open')
  })
  socket.addEventListener('close', () => {
    connection.set('lost')
  })
  const link = new WebSocketLink({
    websocket: asWebSocket(socket),
    interceptors: [errorInterceptor(connection)],
  })
  return { connection, link }
}

/** Returns the MessagePort carrier if the page runs in Electron, otherwise the WebSocket carrier. */
export function selectCarrier(): Carrier {
  return window.berthHost === undefined ? webSocketCarrier() : messagePortCarrier(window.berthHost)
}
