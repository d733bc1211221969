import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { composeFileLimit } from '../../src/shared/compose-files'
import { carriers, type TestHost } from '../support/carriers'
import { FakeServices } from '../support/fake-services'
import type { TestConnection } from '../support/headless-client'

const version = '0'.repeat(64)

describe.each(carriers)('the files of a compose project over $name', { timeout: 30_000 }, (carrier) => {
  let services: FakeServices
  let host: TestHost
  let connection: TestConnection

  beforeEach(async () => {
    services = new FakeServices()
    host = await carrier.host(services)
    connection = await host.connect()
  })
  afterEach(async () => {
    connection.drop()
    await host.close()
  })

  it('are listed, read and saved', async () => {
    const { composeFiles } = connection.client
    const lists = await composeFiles.list({ folder: 'C:\\app' })
    expect((await lists.next()).value).toMatchObject([{ kind: 'compose' }])
    expect(await composeFiles.read({ path: 'C:\\app\\.env' })).toMatchObject({ text: 'services: {}' })
    // JSON needs the most bytes for this text.
    const text = '\u0001'.repeat(composeFileLimit)
    expect(await composeFiles.save({ path: '/app/compose.yaml', text, version })).toEqual({ version })
    expect(services.calls).toEqual(['composeFiles.save /app/compose.yaml'])
  })

  it.each([
    '',
    '/home/me/.ssh/id_rsa',
    '/home/me/.bashrc',
    '/etc/passwd',
    '/app/compose.yaml\0.txt',
    '/app/\0/compose.yaml',
    '/app/compose.yaml/',
    `/${'a'.repeat(4096)}.yaml`,
  ])('are refused by their path: %#', async (path) => {
    const { composeFiles } = connection.client
    await expect(composeFiles.read({ path })).rejects.toMatchObject({ data: { code: 'input.invalid' } })
    await expect(composeFiles.save({ path, text: '', version })).rejects.toMatchObject({
      data: { code: 'input.invalid' },
    })
    expect(services.calls).toEqual([])
  })

  it('are refused without a version, or with too much text', async () => {
    const { composeFiles } = connection.client
    const path = '/app/compose.yaml'
    await expect(composeFiles.save({ path, text: '', version: '' })).rejects.toMatchObject({
      data: { code: 'input.invalid' },
    })
    const text = '#'.repeat(composeFileLimit + 1)
    await expect(composeFiles.save({ path, text, version })).rejects.toMatchObject({
      data: { code: 'input.invalid' },
    })
    expect(services.calls).toEqual([])
  })
})
