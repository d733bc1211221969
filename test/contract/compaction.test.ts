import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BerthError } from '../../src/shared/errors'
import { carriers, type TestHost } from '../support/carriers'
import { eventually } from '../support/eventually'
import { FakeServices } from '../support/fake-services'
import type { TestConnection } from '../support/headless-client'

describe.each(carriers)('a compaction over $name', { timeout: 30_000 }, (carrier) => {
  let services: FakeServices
  let host: TestHost
  let connection: TestConnection

  beforeEach(async () => {
    services = new FakeServices({ grace: 20 })
    host = await carrier.host(services)
    connection = await host.connect()
  })
  afterEach(async () => {
    connection.drop()
    await host.close()
  })

  it('ends with its result', async () => {
    const events = []
    for await (const event of await connection.client.disk.compact()) events.push(event)
    expect(events.at(-1)).toEqual({ returned: 30 })
  })

  it('tells how far it is, and is given up when nobody listens any more', async () => {
    let aborted = false
    services.maintenance.compact = (report, signal) => {
      report({ step: 'compare', percent: 7 })
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true
          reject(new Error('given up'))
        })
      })
    }
    const events = await connection.client.disk.compact()
    expect((await events.next()).value).toEqual({ step: 'compare', percent: 7 })
    await events.return()
    await eventually(() => {
      expect(aborted).toBe(true)
    })
  })

  it('ends with its error', async () => {
    services.failure = new BerthError('disk.compact-failed', { file: 'data.qcow2', reason: 'it is broken' })
    const consume = async () => {
      for await (const event of await connection.client.disk.compact()) expect(event).toHaveProperty('step')
    }
    await expect(consume()).rejects.toMatchObject({ data: { code: 'disk.compact-failed' } })
  })
})
