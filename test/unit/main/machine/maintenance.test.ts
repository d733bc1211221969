import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Maintenance, type MaintenanceOptions } from '../../../../src/main/machine/maintenance'
import { berthPaths, type BerthPaths } from '../../../../src/main/host/berth-files'
import { defaultSettings } from '../../../../src/main/settings/settings-defaults'
import { isRepairWanted } from '../../../../src/main/machine/repair'
import { BerthError } from '../../../../src/shared/errors'
import { silentLog } from '../../../support/fake-services'

const run = promisify(execFile)
const learned = ['accelerator.json', 'verified-images.json']
const kept = ['suspended.json', 'suspended.memory']
const own = ['data.qcow2', 'data.qcow2.length', 'id_ed25519', 'ssh_host_ed25519_key']

let paths: BerthPaths
let disk: string
beforeEach(async () => {
  paths = berthPaths({ BERTH_HOME: await mkdtemp(join(tmpdir(), 'berth-maintenance-')) }, process.platform)
  disk = join(paths.machine, 'data.qcow2')
  for (const folder of [paths.machine, paths.logs]) await mkdir(folder)
  await writeFile(join(paths.logs, 'berth.log'), 'log')
  for (const name of [...learned, ...kept, ...own, 'others.txt'])
    await writeFile(join(paths.machine, name), 'x')
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '1M'])
})
afterEach(() => rm(paths.home, { recursive: true, force: true }))

/** Makes a maintenance with doubles. They record their calls in `done`. */
function maintenanceWith(changes: Partial<MaintenanceOptions> = {}) {
  const done: string[] = []
  const step = (name: string) => () => {
    done.push(name)
    return Promise.resolve()
  }
  const services: MaintenanceOptions = {
    paths,
    log: silentLog,
    machine: {
      state: { phase: 'stopped' },
      start: step('start'),
      stop: step('stop'),
      whileStopped: (work) => work(),
    },
    qemuImg: () => Promise.resolve('qemu-img'),
    settings: { defaults: defaultSettings(), update: step('settings') },
    logins: { forget: step('logins') },
    tasks: { forget: step('tasks') },
    timelines: { forget: step('timelines') },
    ...changes,
  }
  return { maintenance: new Maintenance(services), done }
}

describe('a repair', () => {
  it('keeps the disk and the keys, removes the suspended machine and cached results, and starts the machine', async () => {
    const { maintenance, done } = maintenanceWith()
    await maintenance.repair()
    expect(done).toEqual(['stop', 'start'])
    expect(await readdir(paths.machine)).toEqual([...own, 'others.txt', 'repair-wanted'].sort())
    expect(await isRepairWanted(paths)).toBe(true)
  })

  it('changes nothing if the machine does not stop', async () => {
    const refuse = () => Promise.reject(new BerthError('machine.not-stopped'))
    const machine = {
      state: { phase: 'running' } as const,
      start: refuse,
      stop: () => Promise.resolve(),
      whileStopped: refuse,
    }
    await expect(maintenanceWith({ machine }).maintenance.repair()).rejects.toMatchObject({
      code: 'machine.not-stopped',
    })
    expect(await readdir(paths.machine)).toEqual([...learned, ...kept, ...own, 'others.txt'].sort())
  })
})

describe('a reset', () => {
  it('deletes the disk, the suspended machine, the keys and the repair request, but keeps logs and settings', async () => {
    const { maintenance, done } = maintenanceWith()
    await maintenance.repair()
    await maintenance.reset({ settings: false })
    expect(done).toEqual(['stop', 'start', 'stop', 'tasks', 'timelines', 'start'])
    expect(await readdir(paths.machine)).toEqual(['others.txt'])
    expect(await readdir(paths.logs)).toEqual(['berth.log'])
  })

  it('resets the settings and deletes copies of old settings, but only on request', async () => {
    const older = ['settings.json.broken-2026-01-01T00-00-00-000Z', 'machine/daemon.json.migrated']
    for (const name of older) await writeFile(join(paths.home, name), '{"proxy":"http://me:secret@proxy"}')
    const { maintenance, done } = maintenanceWith()
    await maintenance.reset({ settings: false })
    for (const name of older) expect((await stat(join(paths.home, name))).isFile()).toBe(true)
    await maintenance.reset({ settings: true })
    expect(done).toEqual([
      'stop',
      'tasks',
      'timelines',
      'start',
      'stop',
      'settings',
      'logins',
      'tasks',
      'timelines',
      'start',
    ])
    expect(await readdir(paths.home)).toEqual(['logs', 'machine'])
    expect(await readdir(paths.machine)).toEqual(['others.txt'])
  })

  it('works even if the disk file is missing or is not a disk file', async () => {
    await writeFile(disk, 'no disk')
    const { maintenance } = maintenanceWith()
    await maintenance.reset({ settings: false })
    await maintenance.reset({ settings: false })
    expect(await readdir(paths.machine)).toEqual(['others.txt'])
  })

  it('removes nothing while another process uses the disk', async () => {
    const other = spawn('qemu-io', ['-f', 'qcow2', disk], { stdio: ['pipe', 'pipe', 'ignore'] })
    // qemu-io prints its prompt once the disk is open.
    await once(other.stdout, 'data')
    const { maintenance, done } = maintenanceWith()
    await expect(maintenance.reset({ settings: true })).rejects.toMatchObject({ code: 'machine.disk-locked' })
    expect(done).toEqual(['stop'])
    expect(await readdir(paths.machine)).toEqual([...learned, ...kept, ...own, 'others.txt'].sort())
    const ended = once(other, 'exit')
    other.stdin.end('quit\n')
    await ended
    await maintenance.reset({ settings: false })
    expect(await readdir(paths.machine)).toEqual(['others.txt'])
  })
})

describe('a compaction', () => {
  const idle = new AbortController().signal
  const running = (done: string[]): MaintenanceOptions['machine'] => ({
    state: { phase: 'running' },
    start: () => Promise.resolve(void done.push('start')),
    stop: () => Promise.resolve(void done.push('stop')),
    whileStopped: (work) => work(),
  })

  it('does not start a stopped machine, removes a suspended machine, and records the new length', async () => {
    const { maintenance, done } = maintenanceWith()
    expect(await maintenance.compact(() => undefined, idle)).toEqual({
      returned: expect.any(Number) as number,
    })
    expect(done).toEqual(['stop'])
    expect(await readdir(paths.machine)).toEqual([...learned, ...own, 'others.txt'].sort())
    const note = await readFile(`${disk}.length`, 'utf8')
    expect(JSON.parse(note)).toEqual({ bytes: (await stat(disk)).size })
  })

  it('restarts a machine that ran, even after a failure, and a failure loses no data', async () => {
    const done: string[] = []
    const { maintenance } = maintenanceWith({ machine: running(done) })
    await maintenance.compact(() => undefined, idle)
    expect(done).toEqual(['stop', 'start'])
    await writeFile(disk, 'no disk')
    await writeFile(join(paths.machine, 'suspended.json'), 'x')
    await expect(maintenance.compact(() => undefined, idle)).rejects.toMatchObject({
      code: 'machine.disk-unusable',
    })
    expect(done).toEqual(['stop', 'start', 'stop', 'start'])
    expect(await readFile(disk, 'utf8')).toBe('no disk')
    expect(await readdir(paths.machine)).toContain('suspended.json')
  })

  it('does nothing before the first start', async () => {
    await rm(disk)
    const { maintenance } = maintenanceWith()
    expect(await maintenance.compact(() => undefined, idle)).toEqual({ returned: 0 })
  })
})
