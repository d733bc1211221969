import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { serveMessagePort } from '../../src/main/api/carriers'
import { createApi } from '../../src/main/api/router'
import type { ApiServices } from '../../src/main/api/implementer'
import { startHeadlessServer } from '../../src/main/headless/server'
import { connectHeadless, type Client, type TestConnection } from './headless-client'

export interface TestHost {
  connect(): Promise<TestConnection>
  close(): Promise<void>
}

export interface Carrier {
  name: string
  host(services: ApiServices): Promise<TestHost>
}

/** The carrier of the app's window. */
export const messagePort: Carrier = {
  name: 'a message port',
  host(services) {
    const api = createApi(services)
    return Promise.resolve({
      connect() {
        const { port1, port2 } = new MessageChannel()
        serveMessagePort(api, port1)
        port2.start()
        return Promise.resolve({
          client: createORPCClient<Client>(new RPCLink({ port: port2 })),
          sendRaw(message) {
            port2.postMessage(message)
          },
          drop() {
            port2.close()
          },
          closed: once(port2, 'close'),
        })
      },
      close: () => Promise.resolve(),
    })
  },
}

/** The carrier of the headless host. */
export const webSocket: Carrier = {
  name: 'a WebSocket',
  async host(services) {
    const rendererFolder = await mkdtemp(join(tmpdir(), 'berth-renderer-'))
    const server = await startHeadlessServer({ api: createApi(services), rendererFolder, port: 0 })
    return {
      connect: () => connectHeadless(server.loginUrl),
      async close() {
        await server.close()
        await rm(rendererFolder, { recursive: true })
      },
    }
  },
}

export const carriers: readonly Carrier[] = [messagePort, webSocket]
