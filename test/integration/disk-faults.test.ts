import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Disk } from '../../src/main/disk/reclaim'
import { Maintenance } from '../../src/main/machine/maintenance'
import { berthFile } from '../../src/main/host/berth-files'
import { fileSystemOf } from '../../src/main/lib'
import { defaultSettings } from '../../src/main/settings/settings-defaults'
import { verifyDisk } from '../../src/main/disk/disk-integrity'
import { busyboxTar } from '../support/busybox-image'
import { busybox, eventually, wholeLines } from '../support/engine-fixture'
import {
  machineSettings,
  privateMachine,
  temporaryPaths,
  type MachineFixture,
} from '../support/machine-fixture'
import { qemuPid } from '../support/qemu-record'

const run = promisify(execFile)
const mebibyte = 1 << 20

/**
 * Acts as a database, which acknowledges a record only after the record is on the disk. Another process writes much
 * data at the same time.
 */
const database = `
while :; do dd if=/dev/urandom of=/data/noise bs=1M count=32 conv=fsync 2>/dev/null; done &
i=0
while :; do
  i=$((i+1))
  echo "record $i" | dd of=/data/journal oflag=append conv=notrunc,fsync 2>/dev/null && echo $i
done`

/** All tests share one machine. Its data disk is larger than the host's file system that contains the disk file. */
describe('a machine', () => {
  let fixture: MachineFixture
  let mounted: string | undefined
  const size = { ...machineSettings, diskGiB: 2 }

  beforeAll(async () => {
    const paths = await temporaryPaths()
    await mkdir(paths.machine, { recursive: true })
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1200m', 'tmpfs', paths.machine])
    mounted = paths.machine
    fixture = await privateMachine({ paths, settings: () => size })
    await fixture.machine.start()
    await fixture.engine.images.import(busybox, Readable.from([await busyboxTar()]))
  })
  afterAll(async () => {
    await fixture.machine.stop()
    if (mounted !== undefined) await run('umount', [mounted])
  })

  async function guest(command: string): Promise<string> {
    const { code, stdout, stderr } = await fixture.machine.link.exec(command)
    if (code !== 0) throw new Error(`${command}: ${stderr}`)
    return stdout.trim()
  }

  /** Uses up all free space of the data disk, including the root user's reserve. */
  async function fillDisk(): Promise<void> {
    await guest(`i=$(date +%s); for size in 512 256 128 64 32 16 8 4 2 1 1; do
      while fallocate -l $((size * 1048576)) /var/lib/berth/fill-$i 2>/dev/null; do i=$((i+1)); done
    done; rm -f /var/lib/berth/fill-$i`)
  }

  function maintenance(start = () => fixture.machine.start()): Maintenance {
    const { machine, paths, log } = fixture
    return new Maintenance({
      paths,
      log,
      machine: {
        state: machine.state,
        start,
        stop: () => machine.stop(),
        whileStopped: (work) => machine.whileStopped(work),
      },
      qemuImg: () => Promise.resolve('qemu-img'),
      settings: { defaults: defaultSettings(), update: () => Promise.resolve() },
      logins: { forget: () => Promise.resolve() },
      tasks: { forget: () => Promise.resolve() },
      timelines: { forget: () => Promise.resolve() },
    })
  }

  it('waits while the host’s disk is full, and then continues automatically without losing data', async () => {
    const { machine, paths } = fixture
    await guest('head -c 120000000 /dev/urandom >/dev/shm/data')
    const filler = join(paths.machine, 'filler')
    const { free } = await fileSystemOf(paths.machine)
    await run('fallocate', ['-l', String(free - 30 * mebibyte), filler])
    await guest(
      '(cp /dev/shm/data /var/lib/berth/copy && sync && touch /run/copied) >/dev/null 2>&1 </dev/null &',
    )
    await eventually(() => machine.state.diskFull).toBe('host')
    expect(machine.state.phase).toBe('running')

    await rm(filler)
    await eventually(() => machine.state.diskFull).toBeUndefined()
    await guest('until test -e /run/copied; do sleep 0.1; done; echo 3 >/proc/sys/vm/drop_caches')
    await guest('cmp /dev/shm/data /var/lib/berth/copy && rm /dev/shm/data /var/lib/berth/copy')
  })

  it('keeps every record that a database has acknowledged if QEMU is killed while the data disk is full', async () => {
    const { machine, engine, paths } = fixture
    const { id } = await engine.containers.create({
      image: busybox,
      name: 'database',
      command: ['sh', '-c', database],
      environment: [],
      ports: [],
      volumes: [{ volume: 'db', path: '/data', readOnly: false }],
      autoRemove: false,
      tty: false,
    })
    await engine.containers.start(id)
    const acknowledged: string[] = []
    for await (const batch of engine.containers.logs(id, { tail: 1_000, follow: true })) {
      acknowledged.push(...wholeLines(batch).map((text) => `record ${text}`))
      if (acknowledged.length > 60) break
    }
    await fillDisk()
    const pid = await qemuPid(paths)
    process.kill(pid, 'SIGKILL')
    await eventually(() => machine.state.phase).toBe('failed')
    expect(machine.state.failure?.error.code).toBe('machine.qemu-died')

    await machine.start()
    const journal = (await guest('cat /var/lib/docker/volumes/db/_data/journal')).split('\n')
    expect(journal.slice(0, acknowledged.length)).toEqual(acknowledged)
    expect(machine.guestReport('fsck')).toMatch(/^[012] /)
  })

  it('reports that its data disk is full, and the user can free space', async () => {
    const { machine, engine, paths } = fixture
    // The last start has used up the reserve on the data disk. So there is no reserve for the next start.
    await fillDisk()
    await eventually(() => machine.state.diskFull).toBe('data')
    await machine.stop()
    await expect(machine.start()).rejects.toMatchObject({ code: 'machine.data-full' })
    expect(machine.state.failure?.error.code).toBe('machine.data-full')

    size.diskGiB += 1
    await machine.start()
    await fillDisk()
    await eventually(() => machine.state.diskFull).toBe('data')
    const archive = Readable.from([await busyboxTar()])
    await expect(engine.images.import('another:1', archive)).rejects.toMatchObject({ code: 'disk.full' })

    const disk = new Disk({ paths, machine, link: machine.link, engine })
    expect((await disk.reclaim('containers')).removed).toBe(1)
    expect((await disk.reclaim('volumes')).removed).toBe(1)
    expect((await disk.reclaim('images')).removed).toBeGreaterThan(0)
    await guest('rm /var/lib/berth/fill-*')
    await eventually(() => machine.state.diskFull).toBeUndefined()
    await engine.images.import(busybox, Readable.from([await busyboxTar()]))
  })

  it('boots and repairs its disk instead of resuming if the user requests a repair, and keeps its data', async () => {
    const { machine, engine, paths } = fixture
    await machine.suspend()
    expect(await readdir(paths.machine)).toContain('suspended.json')
    await maintenance().repair()
    expect(machine.state.steps.map(({ name }) => name)).toEqual([
      'image',
      'disk',
      'boot',
      'connect',
      'engine',
    ])
    expect(await guest('cat /proc/cmdline')).toContain('berth.fsck=force')
    expect(machine.guestReport('fsck')).toMatch(/^[012] .*\d+\/\d+ files/)
    expect(await readdir(paths.machine)).not.toContain('suspended.json')
    expect(await readdir(paths.machine)).not.toContain('repair-wanted')
    const images = (await engine.disk.usage()).find(({ kind }) => kind === 'images')
    expect(images?.count).toBe(1)
  })

  it('stops while Berth compacts its disk, and keeps its data', async () => {
    const { machine, engine, paths } = fixture
    const before = await stat(berthFile(paths, 'dataDisk'))
    const steps = new Set<string>()
    const idle = new AbortController().signal
    await maintenance().compact(({ step }) => steps.add(step), idle)
    expect([...steps]).toEqual(['stop', 'copy', 'compare', 'start'])
    expect((await stat(berthFile(paths, 'dataDisk'))).ino).not.toBe(before.ino)
    expect(machine.state.phase).toBe('running')
    expect(machine.guestReport('fsck')).toMatch(/^0 /)
    expect((await engine.images.list()).flatMap(({ tags }) => tags)).toEqual([busybox])
  })

  it('does not start on a truncated disk file, and does not change the file', async () => {
    const { machine, paths } = fixture
    await machine.stop()
    const file = berthFile(paths, 'dataDisk')
    expect(await verifyDisk('qemu-img', file)).toMatchObject({ whole: true })
    const { size } = await stat(file)
    await truncate(file, size / 2)
    await expect(machine.start()).rejects.toMatchObject({ code: 'machine.disk-unusable', params: { file } })
    expect((await stat(file)).size).toBe(size / 2)
  })

  it('can be reset when its disk file is unusable, and the reset removes all files of the machine', async () => {
    const { machine, paths } = fixture
    expect(machine.state.phase).toBe('failed')
    let started = false
    await maintenance(() => {
      started = true
      return Promise.resolve()
    }).reset({ settings: false })
    expect(started).toBe(true)
    expect(await readdir(paths.machine)).toEqual([])
    expect(await readdir(paths.logs)).toContain('console.log')
  })
})
