import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { defaultMachineSettings, ownTemporaryFolder } from '../../../../src/main/settings/settings-defaults'

it.each([
  [
    { cpus: 1, memoryMiB: 4_096 },
    { cpus: 1, memoryMiB: 2_048 },
  ],
  [
    { cpus: 2, memoryMiB: 8_192 },
    { cpus: 2, memoryMiB: 2_048 },
  ],
  [
    { cpus: 8, memoryMiB: 16_384 },
    { cpus: 7, memoryMiB: 4_096 },
  ],
  [
    { cpus: 4, memoryMiB: 24_100 },
    { cpus: 3, memoryMiB: 5_632 },
  ],
  [
    { cpus: 32, memoryMiB: 131_072 },
    { cpus: 8, memoryMiB: 8_192 },
  ],
])('the default size of the machine depends on the size of the host: %o', (host, expected) => {
  expect(defaultMachineSettings(host)).toMatchObject(expected)
})

it('a temporary folder is shared by default only if it is outside the home folder and private to this user', async () => {
  const base = await mkdtemp(join(tmpdir(), 'berth-defaults-'))
  const [home, folder] = [join(base, 'home'), join(base, 'T')]
  await mkdir(join(home, 'T'), { recursive: true, mode: 0o700 })
  await mkdir(folder, { mode: 0o700 })
  expect(ownTemporaryFolder(home, folder)).toBe(folder)
  expect(ownTemporaryFolder(home, join(home, 'T'))).toBeUndefined()
  await chmod(folder, 0o1777)
  expect(ownTemporaryFolder(home, folder)).toBeUndefined()
  expect(ownTemporaryFolder(home, join(base, 'missing'))).toBeUndefined()
  await rm(base, { recursive: true })
})
