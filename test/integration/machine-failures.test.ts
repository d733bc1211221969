import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import type { BerthPaths } from '../../src/main/host/berth-files'
import { findGuestImage } from '../../src/main/guest-image/newest-or-previous'
import type { MachineOptions } from '../../src/main/machine/machine'
import type { BerthError } from '../../src/shared/errors'
import { privateMachine, temporaryPaths } from '../support/machine-fixture'

const run = promisify(execFile)
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Starts a machine that must fail to start. Compares the error with the machine state, and returns the error. */
async function failure(paths: BerthPaths, options: Partial<MachineOptions> = {}): Promise<BerthError> {
  const { machine } = await privateMachine({ paths, ...options })
  const error: unknown = await machine.start().then(
    () => machine.stop().then(() => new Error('the machine came up')),
    (reason: unknown) => reason,
  )
  expect(machine.state.phase).toBe('failed')
  expect(error).toMatchObject(machine.state.failure?.error ?? {})
  expect(await readdir(paths.run).catch(() => [])).not.toContain('qemu.json')
  return error as BerthError
}

async function builtImage(): Promise<string> {
  const folder = await findGuestImage(await temporaryPaths(), process.arch === 'arm64' ? 'arm64' : 'x86_64')
  if (folder === undefined) throw new Error('there is no guest image: run `npm run vm:build`')
  return folder
}

/** Makes a PATH that contains only these scripts and the real qemu-img. */
async function programs(paths: BerthPaths, scripts: Record<string, string>): Promise<{ PATH: string }> {
  const bin = join(paths.home, 'bin')
  await mkdir(bin, { recursive: true })
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  await symlink('/usr/bin/qemu-img', join(bin, 'qemu-img'))
  return { PATH: bin }
}

function dataDisk(paths: BerthPaths): string {
  return join(paths.machine, 'data.qcow2')
}

describe('a start of the machine fails with a clear error if the guest image', () => {
  it('is missing', async () => {
    const paths = await temporaryPaths({ BERTH_GUEST_CACHE: '/nonexistent', BERTH_GUEST_IMAGE: '' })
    expect(await failure(paths)).toMatchObject({
      code: 'machine.image-missing',
      params: { folder: '/nonexistent' },
    })
  })

  it('is damaged', async () => {
    const paths = await temporaryPaths()
    const damaged = join(paths.home, 'image')
    await cp(await builtImage(), damaged, { recursive: true })
    const initrd = await readFile(join(damaged, 'initrd.img'))
    initrd.writeUInt8(initrd.readUInt8(1_000) ^ 1, 1_000)
    await writeFile(join(damaged, 'initrd.img'), initrd)
    expect(await failure({ ...paths, guestImage: damaged })).toMatchObject({
      code: 'machine.image-corrupt',
      params: { file: 'initrd.img', folder: damaged },
    })
    expect(await readdir(paths.machine)).not.toContain('data.qcow2')
  })
})

describe('a start of the machine fails with a clear error if QEMU', () => {
  it('is not installed', async () => {
    const paths = await temporaryPaths()
    expect(await failure(paths, { env: { PATH: '/nonexistent' } })).toMatchObject({
      code: 'host.qemu-missing',
    })
  })

  it('exits immediately', async () => {
    const paths = await temporaryPaths()
    const qemu =
      'case "$1" in --version) echo "QEMU emulator version 9.9";; *) echo "out of luck" >&2; exit 1;; esac'
    const env = await programs(paths, { 'qemu-system-x86_64': qemu, 'qemu-system-aarch64': qemu })
    expect(await failure(paths, { env })).toMatchObject({
      code: 'machine.qemu-start',
      params: { reason: 'out of luck' },
    })
  })

  it('cannot run at all', async () => {
    const paths = await temporaryPaths()
    const qemu = 'echo "libfdt.so.1: cannot open shared object file" >&2; exit 127'
    const env = await programs(paths, { 'qemu-system-x86_64': qemu, 'qemu-system-aarch64': qemu })
    expect(await failure(paths, { env })).toMatchObject({
      code: 'machine.qemu-start',
      params: { reason: 'libfdt.so.1: cannot open shared object file' },
    })
  })
})

describe('a start of the machine fails and changes nothing if the data disk', () => {
  async function withDisk(): Promise<BerthPaths> {
    const paths = await temporaryPaths()
    await mkdir(paths.machine, { recursive: true })
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', dataDisk(paths), '1G'])
    return paths
  }

  it('is locked by another process', async () => {
    const paths = await withDisk()
    const node = `driver=qcow2,node-name=data,file.driver=file,file.filename=${dataDisk(paths)}`
    const holder = spawn(
      'qemu-system-x86_64',
      ['-machine', 'none', '-nodefaults', '-display', 'none', '-blockdev', node, '-qmp', 'stdio'],
      { stdio: 'pipe' },
    )
    cleanups.push(() => end(holder))
    await once(holder.stdout, 'data')
    const before = await readFile(dataDisk(paths))
    expect(await failure(paths)).toMatchObject({
      code: 'machine.disk-locked',
      params: { file: dataDisk(paths) },
    })
    expect((await readFile(dataDisk(paths))).equals(before)).toBe(true)
  })

  it('does not fit on the host’s disk', async () => {
    const paths = await temporaryPaths()
    await mkdir(paths.machine, { recursive: true })
    await run('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', paths.machine])
    cleanups.push(() => run('umount', [paths.machine]))
    expect(await failure(paths)).toMatchObject({ code: 'host.no-space', params: { folder: paths.machine } })
    expect(await readdir(paths.machine)).not.toContain('data.qcow2')
  })

  it('is not a disk file', async () => {
    const paths = await withDisk()
    await writeFile(dataDisk(paths), 'garbage'.repeat(10_000))
    expect(await failure(paths)).toMatchObject({
      code: 'machine.disk-unusable',
      params: { reason: 'Image is not in qcow2 format' },
    })
    expect(await readFile(dataDisk(paths), 'utf8')).toBe('garbage'.repeat(10_000))
  })

  it('contains data of another program', async () => {
    const paths = await withDisk()
    const raw = join(paths.home, 'raw')
    await writeFile(raw, 'somebody’s data '.repeat(100_000))
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, dataDisk(paths)])
    const error = await failure(paths)
    expect(error).toMatchObject({ code: 'machine.disk-unusable', params: { file: dataDisk(paths) } })
    await run('qemu-img', [
      'dd',
      '-O',
      'raw',
      'bs=64k',
      'count=1',
      `if=${dataDisk(paths)}`,
      `of=${raw}.after`,
    ])
    expect((await readFile(`${raw}.after`, 'utf8')).startsWith('somebody’s data ')).toBe(true)
  })
})

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
