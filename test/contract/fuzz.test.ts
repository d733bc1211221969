import { isContractProcedure } from '@orpc/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contract } from '../../src/shared/contract'
import { carriers, type TestHost } from '../support/carriers'
import { FakeServices } from '../support/fake-services'
import type { TestConnection } from '../support/headless-client'
import { mutant } from '../support/malformed'
import { seededRandom } from '../support/seeded-random'

/** The malformed inputs that the test sends over each carrier. */
const inputs = 5_000
/** The calls that are in progress at the same time. */
const parallel = 50

interface Target {
  path: string[]
  schema: z.ZodType
}

/** Every procedure that has an input. */
const targets: Target[] = Object.entries(contract).flatMap(([area, procedures]) =>
  Object.entries<unknown>(procedures).flatMap(([name, procedure]) => {
    const schema: unknown = isContractProcedure(procedure) ? procedure['~orpc'].inputSchema : undefined
    return schema instanceof z.ZodType ? [{ path: [area, name], schema }] : []
  }),
)

type Call = (input: unknown) => Promise<unknown>

function callOf(client: TestConnection['client'], path: string[]): Call {
  return path.reduce<unknown>((value, key) => Reflect.get(value as object, key), client) as Call
}

describe.each(carriers)('5,000 malformed inputs over $name', { timeout: 120_000 }, (carrier) => {
  let services: FakeServices
  let host: TestHost
  let connection: TestConnection

  beforeAll(async () => {
    services = new FakeServices()
    host = await carrier.host(services)
    connection = await host.connect()
  })
  afterAll(async () => {
    connection.drop()
    await host.close()
  })

  it('are all refused, and reach no service', async () => {
    const next = seededRandom(20_261_128)
    let sent = 0
    const unexpected: unknown[] = []
    const send = async (): Promise<void> => {
      while (sent < inputs) {
        const target = targets[sent++ % targets.length]
        if (target === undefined) throw new Error('no procedure has an input')
        const input = await malformed(target.schema, next)
        const error = await callOf(
          connection.client,
          target.path,
        )(input).then(
          () => 'no error',
          (failure: unknown) => failure,
        )
        const data: unknown = error instanceof Error ? Reflect.get(error, 'data') : error
        const code: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'code') : error
        if (code !== 'input.invalid' && code !== 'image.reference-invalid')
          unexpected.push({ path: target.path, input, code })
      }
    }
    await Promise.all(Array.from({ length: parallel }, send))
    expect(unexpected).toEqual([])
    expect(services.calls).toEqual([])
    expect(services.shells).toEqual([])
    expect(services.sessions.list()).toEqual([])
  })

  it('leave the connection and the prototypes as they were', async () => {
    expect(await connection.client.app.info()).toEqual(services.info)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

/** Returns an input that the procedure must refuse. */
async function malformed(schema: z.ZodType, next: () => number): Promise<unknown> {
  for (;;) {
    const input = mutant(schema, next)
    if (!(await schema.safeParseAsync(input)).success) return input
  }
}
