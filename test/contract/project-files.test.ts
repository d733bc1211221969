import { describe, expect, it } from 'vitest'
import { projectFileLimit } from '../../src/shared/project-files'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'

const version = '0'.repeat(64)

describe.each(carriers)('the files of a compose project over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier)

  it('are listed, read and saved', async () => {
    const { projectFiles } = test.client
    const lists = await projectFiles.list({ folder: 'C:\\app' })
    expect((await lists.next()).value).toMatchObject([{ kind: 'compose' }])
    expect(await projectFiles.read({ path: 'C:\\app\\.env' })).toMatchObject({ text: 'services: {}' })
    // JSON needs the most bytes for this text.
    const text = '\u0001'.repeat(projectFileLimit)
    expect(await projectFiles.save({ path: '/app/compose.yaml', text, version })).toEqual({ version })
    expect(test.services.calls).toEqual(['projectFiles.save /app/compose.yaml'])
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
    const { projectFiles } = test.client
    await expect(projectFiles.read({ path })).rejects.toMatchObject({ data: { code: 'input.invalid' } })
    await expect(projectFiles.save({ path, text: '', version })).rejects.toMatchObject({
      data: { code: 'input.invalid' },
    })
    expect(test.services.calls).toEqual([])
  })

  it('are refused without a version, or with too much text', async () => {
    const { projectFiles } = test.client
    const path = '/app/compose.yaml'
    await expect(projectFiles.save({ path, text: '', version: '' })).rejects.toMatchObject({
      data: { code: 'input.invalid' },
    })
    const text = '#'.repeat(projectFileLimit + 1)
    await expect(projectFiles.save({ path, text, version })).rejects.toMatchObject({
      data: { code: 'input.invalid' },
    })
    expect(test.services.calls).toEqual([])
  })
})
