import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compactDisk, type CompactDiskOptions } from '../../../../src/main/disk/compaction'
import { endOrphan } from '../../../../src/main/qemu/process-record'
import type { CompactionProgress } from '../../../../src/shared/disk'

const run = promisify(execFile)

let folder: string
let file: string
let recordFile: string
/** The disk has 4 MiB of data, and 12 MiB that were freed in the disk but not in the host's file. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-compact-'))
  file = join(folder, 'data.qcow2')
  recordFile = join(await mkdtemp(join(tmpdir(), 'berth-run-')), 'compaction.json')
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', file, '64M'])
  await io('write -P 7 0 16M', 'discard 4M 12M')
})
afterEach(async () => {
  for (const one of [folder, dirname(recordFile)]) await rm(one, { recursive: true, force: true })
})

/** Writes as a machine would on a host whose files keep discarded blocks. */
function io(...commands: string[]) {
  const image = `driver=qcow2,file.driver=file,file.filename=${file},discard=unmap,file.discard=ignore`
  const options = commands.flatMap((command) => ['-c', command])
  return run('qemu-io', ['--image-opts', image, ...options])
}

function compact(changes: Partial<CompactDiskOptions> = {}) {
  return compactDisk({
    qemuImg: 'qemu-img',
    file,
    recordFile,
    report: () => undefined,
    signal: new AbortController().signal,
    beforeSwap: () => Promise.resolve(),
    ...changes,
  })
}

async function size(): Promise<number> {
  return (await stat(file)).blocks * 512
}

describe('a compaction', () => {
  it('keeps the data of the disk, and returns the unused space to the host', async () => {
    await chmod(file, 0o600)
    const before = await size()
    const progress: CompactionProgress[] = []
    await compact({ report: (now) => progress.push(now) })
    expect(before - (await size())).toBeGreaterThan(11 << 20)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['data.qcow2'])
    const read = await io('read -P 7 0 4M', 'read -P 0 4M 60M')
    expect(read.stdout).not.toContain('verification failed')
    expect(progress.filter(({ percent }) => percent === 100).map(({ step }) => step)).toEqual([
      'copy',
      'compare',
    ])
  })

  it('is ended by the next app if the app that began the compaction was killed', async () => {
    const tool = join(folder, 'qemu-img')
    const hang = `[ "$1" = convert ] && { echo '    (1.00/100%)'; exec tail -f "${file}" >/dev/null; }`
    await writeFile(tool, `#!/bin/bash\n${hang}\nexec qemu-img "$@"\n`, { mode: 0o755 })
    const killed = compact({ qemuImg: tool })
    killed.catch(() => undefined)
    await expect.poll(() => readFile(recordFile, 'utf8').catch(() => '')).toContain(file)
    await endOrphan(recordFile, file, pino({ level: 'silent' }))
    await expect(killed).rejects.toMatchObject({ code: 'disk.compact-failed' })
    expect(await readdir(dirname(recordFile))).toEqual([])
  })

  it('changes nothing when there is no space for the copy', async () => {
    const before = await readFile(file)
    await expect(compact({ freeSpace: () => Promise.resolve(66 << 20) })).rejects.toMatchObject({
      code: 'host.no-space',
    })
    expect((await readFile(file)).equals(before)).toBe(true)
    expect(await readdir(folder)).toEqual(['data.qcow2'])
  })

  it('does not copy a damaged disk', async () => {
    // Overwrites the first entry of the L1 table, with which QEMU finds the disk’s clusters.
    const bytes = await readFile(file)
    bytes.fill(0xff, Number(bytes.readBigUInt64BE(40)), Number(bytes.readBigUInt64BE(40)) + 8)
    await writeFile(file, bytes)
    await expect(compact()).rejects.toMatchObject({ code: 'machine.disk-unusable' })
    expect(await readdir(folder)).toEqual(['data.qcow2'])
  })

  it('does not use a copy that differs from the disk', async () => {
    const before = await readFile(file)
    const tool = join(folder, 'qemu-img')
    const spoil = `[ "$1" = compare ] && qemu-io -f qcow2 -c 'write -P 1 0 64k' "$8" >/dev/null`
    await writeFile(tool, `#!/bin/sh\n${spoil}\nexec qemu-img "$@"\n`, { mode: 0o755 })
    await expect(compact({ qemuImg: tool })).rejects.toMatchObject({ code: 'disk.compact-failed' })
    expect((await readFile(file)).equals(before)).toBe(true)
    expect(await readdir(folder)).toEqual(['data.qcow2', 'qemu-img'])
  })

  it('can be cancelled until the swap, and leaves no copy', async () => {
    const abort = new AbortController()
    const before = await readFile(file)
    const given = compact({
      signal: abort.signal,
      report: ({ step }) => {
        if (step === 'compare') abort.abort(new Error('given up'))
      },
      beforeSwap: () => Promise.reject(new Error('too late')),
    })
    await expect(given).rejects.toThrow('given up')
    expect((await readFile(file)).equals(before)).toBe(true)
    expect(await readdir(folder)).toEqual(['data.qcow2'])
  })

  it('does not begin if it was cancelled before', async () => {
    const signal = AbortSignal.abort(new Error('given up'))
    await expect(compact({ signal, qemuImg: '/nowhere' })).rejects.toThrow('given up')
  })

  it('replaces the copy that a killed compaction has left behind', async () => {
    await writeFile(`${file}.compacted`, 'half')
    await compact()
    expect(await readdir(folder)).toEqual(['data.qcow2'])
  })
})
