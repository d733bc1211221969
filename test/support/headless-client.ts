import { once } from 'node:events'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import type { Contract } from '../../src/shared/contract'

export type Client = ContractRouterClient<Contract>

export interface TestConnection {
  client: Client
  /** Sends a message past the client, as it is. */
  sendRaw(message: string): void
  /** Cuts the connection as a closed window or a lost network does. */
  drop(): void
  /** Resolves when the client's end has seen the connection close. */
  closed: Promise<unknown>
}

/** A socket with the events of a browser's. */
class PageSocket extends EventTarget {
  constructor(private readonly socket: WebSocket) {
    super()
    socket.on('message', (data: Buffer) =>
      this.dispatchEvent(new MessageEvent('message', { data: data.toString() })),
    )
    socket.on('close', () => this.dispatchEvent(new Event('close')))
  }

  get readyState(): number {
    return this.socket.readyState
  }

  send(message: string): void {
    this.socket.send(message)
  }
}

/** Logs in and connects as a page does. */
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
