import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readDockerfile } from '../../../../src/main/builds/dockerfile'
import { IgnoreRules } from '../../../../src/main/builds/dockerignore'
import { readSmallFile, smallFileBytes } from '../../../../src/main/builds/small-file'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-small-'))
})
afterEach(() => rm(folder, { recursive: true }))

const request = {
  ...{ dockerfile: 'Dockerfile', tags: [], target: '', platform: '' },
  ...{ arguments: [], secrets: [], noCache: false, pull: false },
}

async function expectRefused(): Promise<void> {
  await expect(IgnoreRules.read(folder, 'Dockerfile')).rejects.toMatchObject({
    code: 'build.file-unreadable',
    params: { path: join(folder, '.dockerignore') },
  })
  await expect(readDockerfile({ ...request, folder })).rejects.toMatchObject({
    code: 'build.dockerfile-missing',
  })
}

describe('the Dockerfile and .dockerignore of a folder', () => {
  it('are read up to 1 MiB', async () => {
    for (const name of ['Dockerfile', '.dockerignore']) await writeFile(join(folder, name), '안녕\n')
    expect(await readDockerfile({ ...request, folder })).toBe('안녕\n')
    expect((await IgnoreRules.read(folder, 'Dockerfile')).ignores('안녕')).toBe(true)
    await truncate(join(folder, 'Dockerfile'), smallFileBytes)
    expect(await readSmallFile(join(folder, 'Dockerfile'))).toHaveLength(smallFileBytes - 4)
    for (const name of ['Dockerfile', '.dockerignore']) await truncate(join(folder, name), smallFileBytes + 1)
    await expectRefused()
  })

  it('may be missing, or not', async () => {
    expect((await IgnoreRules.read(folder, 'Dockerfile')).ignores('a')).toBe(false)
    await expect(readDockerfile({ ...request, folder })).rejects.toMatchObject({
      code: 'build.dockerfile-missing',
    })
  })

  it.skipIf(process.platform === 'win32')('are no devices, pipes or folders', async () => {
    for (const target of ['/dev/zero', '/dev/null', '/', 'pipe']) {
      for (const name of ['Dockerfile', '.dockerignore']) await symlink(target, join(folder, name))
      if (target === 'pipe') await promisify(execFile)('mkfifo', [join(folder, 'pipe')])
      await expectRefused()
      for (const name of ['Dockerfile', '.dockerignore']) await rm(join(folder, name))
    }
  })
})
