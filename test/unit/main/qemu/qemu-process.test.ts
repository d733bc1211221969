import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { QemuProcess } from '../../../../src/main/qemu/qemu-process'

let folder: string
let recordFile: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-process-'))
  recordFile = join(folder, 'qemu.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function hasRecord(): Promise<boolean> {
  return access(recordFile).then(
    () => true,
    () => false,
  )
}

describe('a QEMU process', () => {
  it('is recorded while it runs', async () => {
    const disk = join(folder, 'data.qcow2')
    const qemu = await QemuProcess.spawn({
      binary: process.execPath,
      args: ['-e', 'setInterval(() => {}, 1000)', '--', disk],
      disk,
      recordFile,
    })
    expect(JSON.parse(await readFile(recordFile, 'utf8'))).toMatchObject({ pid: qemu.pid, disk })
    qemu.kill('SIGKILL')
    expect(await qemu.exited).toMatchObject({ code: null, signal: 'SIGKILL' })
    expect(await hasRecord()).toBe(false)
  })

  it('keeps its last messages', async () => {
    const qemu = await QemuProcess.spawn({
      binary: process.execPath,
      args: ['-e', `process.stderr.write('x'.repeat(100000) + '\\nlast words\\n', () => process.exit(7))`],
      disk: '',
      recordFile,
    })
    const { code, stderr } = await qemu.exited
    expect(code).toBe(7)
    expect(stderr.endsWith('last words')).toBe(true)
    expect(stderr.length).toBeLessThan(10_000)
  })
})
