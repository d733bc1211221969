import { afterEach, beforeEach } from 'vitest'
import type { Carrier, TestHost } from './carriers'
import { FakeServices } from './fake-services'
import type { Client, TestConnection } from './headless-client'

/** A host with test doubles as its services, and a client that is connected to it. Both are new for each test. */
export interface ContractTest {
  readonly services: FakeServices
  readonly host: TestHost
  readonly connection: TestConnection
  /** The client of the connection. */
  readonly client: Client
}

/**
 * Starts a host and connects to it before each test of the current `describe`, and closes both after the test. The
 * properties of the result have values only while a test runs. `options` are those of the test doubles.
 */
export function connectedOver(
  carrier: Carrier,
  options?: ConstructorParameters<typeof FakeServices>[0],
): ContractTest {
  let services: FakeServices
  let host: TestHost
  let connection: TestConnection

  beforeEach(async () => {
    services = new FakeServices(options)
    host = await carrier.host(services)
    connection = await host.connect()
  })
  afterEach(async () => {
    connection.drop()
    await host.close()
  })

  return {
    get services() {
      return services
    },
    get host() {
      return host
    },
    get connection() {
      return connection
    },
    get client() {
      return connection.client
    },
  }
}
