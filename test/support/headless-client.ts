import { once } from 'node:events'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import type { Contract } from '../../src/shared/contract'

export type Client = ContractRouterClient<Contract>

export interface TestConnection {
  client: Client
  /** Sends a raw message, bypassing the client. */
  sendRaw(message: string): void
  /** Destroys the connection, as when a window closes or the network fails. */
  drop(): void
  /** Resolves when the client has seen the connection close. */
  closed: Promise<unknown>
}

/** Gives a socket of the package ws the events of a browser's WebSocket. */
class PageSocket extends EventTarget {
  readonly #socket: WebSocket

  constructor(socket: WebSocket) {
    super()
    this.#socket = socket
    socket.on('message', (data: Buffer) =>
      this.dispatchEvent(new MessageEvent('message', { data: data.toString() })),
    )
    socket.on('close', () => this.dispatchEvent(new Event('close')))
  }

  get readyState(): number {
    return this.#socket.readyState
  }

  send(message: string): void {
    this.#socket.send(message)
  }
}

/** Logs in and connects in the same way as a page. */
export async function connectHeadless(loginUrl: string): Promise<TestConnection> {
  const { origin, host } = new URL(loginUrl)
  const login = await fetch(loginUrl, { redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const socket = new WebSocket(`ws://${host}/api`, { origin, headers: { cookie } })
  await once(socket, 'open')
  return {
    client: createORPCClient<Client>(new RPCLink({ websocket: new PageSocket(socket) })),
    sendRaw(message) {
      socket.send(message)
    },
    drop() {
      socket.terminate()
    },
    closed: once(socket, 'close'),
  }
}
