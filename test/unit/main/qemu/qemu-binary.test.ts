import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findQemu } from '../../../../src/main/qemu/qemu-binary'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-qemu-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function install(where: string, system: string): Promise<string> {
  const bin = join(folder, where)
  await mkdir(bin, { recursive: true })
  for (const [name, script] of [
    ['qemu-system-x86_64', system],
    ['qemu-img', 'exit 0'],
  ] as const) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  return bin
}

const search = { platform: 'linux', arch: 'x86_64' } as const

describe('finding QEMU', () => {
  it('searches PATH and asks QEMU for its version', async () => {
    const bin = await install('bin', 'echo "QEMU emulator version 11.0.2 (v11)"; echo Copyright')
    expect(await findQemu({ ...search, path: `/nowhere:${bin}` })).toEqual({
      system: join(bin, 'qemu-system-x86_64'),
      qemuImg: join(bin, 'qemu-img'),
      version: 'QEMU emulator version 11.0.2 (v11)',
      major: 11,
    })
  })

  it('prefers the packaged QEMU', async () => {
    const path = await install('bin', 'echo "QEMU emulator version 7.2.0"')
    await install('resources/qemu', 'echo "QEMU emulator version 10.2.2"')
    expect(await findQemu({ ...search, path, resources: join(folder, 'resources') })).toMatchObject({
      major: 10,
    })
  })

  it('skips a file that is not executable', async () => {
    const broken = await install('broken', '')
    await chmod(join(broken, 'qemu-system-x86_64'), 0o644)
    const path = await install('bin', 'echo "QEMU emulator version 7.2.0"')
    expect((await findQemu({ ...search, path: `${broken}:${path}` })).system).toBe(
      join(path, 'qemu-system-x86_64'),
    )
  })

  it.each([
    ['linux', 'x86_64', 'qemu-system-x86_64', 'sudo apt-get install qemu-system-x86 qemu-utils'],
    ['linux', 'arm64', 'qemu-system-aarch64', 'sudo apt-get install qemu-system-arm qemu-utils'],
    ['darwin', 'arm64', 'qemu-system-aarch64', 'brew install qemu'],
    [
      'win32',
      'x86_64',
      'qemu-system-x86_64w.exe',
      'winget install --exact --id SoftwareFreedomConservancy.QEMU',
    ],
  ] as const)(
    'fails on %s %s with the command that installs QEMU',
    async (platform, arch, binary, install) => {
      await expect(findQemu({ platform, arch, path: folder })).rejects.toMatchObject({
        code: 'host.qemu-missing',
        params: { binary, install },
      })
    },
  )

  it.each([
    ['echo "cannot open shared object libfdt.so" >&2; exit 127', 'cannot open shared object libfdt.so'],
    ['exit 0', 'it does not report its version'],
  ])('fails with the reason if QEMU does not run: %s', async (script, reason) => {
    const path = await install('bin', script)
    await expect(findQemu({ ...search, path })).rejects.toMatchObject({
      code: 'machine.qemu-start',
      params: { reason },
    })
  })
})
