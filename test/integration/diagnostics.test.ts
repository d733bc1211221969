import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Diagnostics } from '../../src/main/diagnostics/diagnostics'
import { Disk } from '../../src/main/disk/reclaim'
import { checkIds, type CheckResult } from '../../src/shared/diagnostics'
import { defaultSettings } from '../../src/main/settings/settings-defaults'
import { hostArch } from '../../src/main/qemu/qemu-command'
import type { Settings } from '../../src/shared/settings'
import { EngineFixture, eventually } from '../support/engine-fixture'
import { theMachine } from '../support/machine-fixture'
import { unpackBundle } from '../support/support-bundle'

let fixture: EngineFixture
let diagnostics: Diagnostics
let shared: string
beforeAll(async () => {
  fixture = await EngineFixture.open()
  shared = await mkdtemp(join(tmpdir(), 'berth-shared-'))
  const { mounts } = await theMachine()
  const mounted = once(mounts, 'mounted')
  const sharedFolders = [{ path: shared, writable: true }]
  await mounts.setFolders(sharedFolders)
  await mounted
  diagnostics = await diagnosticsWith({ ...defaultSettings(), sharedFolders }, process.env)
})
afterAll(async () => {
  await (await theMachine()).mounts.setFolders([])
  await rm(shared, { recursive: true })
  await fixture.close()
})

async function diagnosticsWith(settings: Settings, env: Record<string, string | undefined>) {
  const { paths, log } = await theMachine()
  const { machine, engine, ports } = fixture
  const { link } = machine
  return new Diagnostics({
    paths,
    log,
    platform: 'linux',
    arch: hostArch(),
    env,
    about: { version: '1.2.3', host: 'headless' },
    settings: () => settings,
    updateSettings: () => Promise.resolve(),
    machine,
    link,
    dns: { problem: undefined, settled: () => Promise.resolve(), serve: () => Promise.resolve() },
    ports,
    dockerAccess: {
      tools: { dockerHost: 'unix:///run/docker.sock', context: 'present' },
      keepContext: () => Promise.resolve(),
      makeContextCurrent: () => Promise.resolve(),
      recheck: () => Promise.resolve(),
    },
    disk: new Disk({ paths, machine, link, engine }),
    engine,
    logins: { forImage: () => Promise.resolve({}) },
  })
}

async function results(all = diagnostics): Promise<Map<string, CheckResult>> {
  const found = new Map<string, CheckResult>()
  for await (const result of all.run(new AbortController().signal)) found.set(result.check, result)
  return found
}

it('every check ends, and the checks that must succeed on this computer succeed', async () => {
  const found = await results()
  expect([...found.keys()].sort()).toEqual([...checkIds].sort())
  expect([...found.values()].filter(({ finding }) => finding === 'broken')).toEqual([])
  for (const check of ['qemu', 'image', 'data-disk', 'clock', 'ports', 'folders'] as const)
    expect({ check, status: found.get(check)?.status }).toEqual({ check, status: 'ok' })
  expect(found.get('accelerator')?.finding).toMatch(/^accelerator\.(?:ok|emulated-linux)$/)
})

it('the diagnostics find a shared folder that is not mounted in the machine', async () => {
  const sharedFolders = [{ path: join(process.cwd(), 'docs'), writable: true }]
  const other = await diagnosticsWith({ ...defaultSettings(), sharedFolders }, process.env)
  expect((await results(other)).get('folders')).toMatchObject({ finding: 'folders.not-mounted' })
})

it('the diagnostics find a wrong clock, and the fix sets the clock', async () => {
  const { link } = fixture.machine
  await link.exec('date -s @1000000000')
  const before = (await results()).get('clock')
  // Berth also sets the clock automatically, and may have done so before the check.
  if (before?.status !== 'ok') expect(before).toMatchObject({ finding: 'clock.off', fix: 'set-clock' })
  await diagnostics.fix('set-clock')
  await eventually(async () => Number((await link.exec('date +%s')).stdout)).toBeGreaterThan(1_700_000_000)
  expect((await results()).get('clock')).toMatchObject({ status: 'ok' })
})

it('the support bundle of a running machine has facts of the console, machine and engine, and contains no secret', async () => {
  const { paths, log } = await theMachine()
  const { link } = fixture.machine
  const defaults = defaultSettings()
  const settings = {
    ...defaults,
    proxy: { ...defaults.proxy, mode: 'manual' as const, http: 'http://me:planted-proxy@127.0.0.1:9' },
    daemon: { 'log-opts': { 'splunk-token': 'planted-daemon' } },
  }
  const env = { DOCKER_HOST: 'tcp://me:planted-variable@127.0.0.1:9' }
  await fixture.run({ environment: [{ name: 'POSTGRES_PASSWORD', value: 'planted-container' }] })
  const key = await readFile(join(paths.machine, 'id_ed25519'), 'utf8')
  const keyLines = key.split('\n').filter((line) => line.length > 20 && !line.includes('-----'))
  const said = ['nothing to hide', 'TOKEN=planted-console', 'splunk said planted-daemon', ...keyLines]
  await link.exec('cat >/dev/console', { input: said.map((line) => `${line}\n`).join('') })
  log.error({ proxy: settings.proxy.http, authorization: 'Basic cGxhbnRlZC1sb2c6eA==' }, 'logged by mistake')
  await eventually(() => fixture.machine.consoleTail(50).join()).toContain(keyLines.at(-1))

  const bundle = await (await diagnosticsWith(settings, env)).bundle(new AbortController().signal)
  const files = await unpackBundle(bundle)
  expect(files.get('console-tail.txt')).toContain('nothing to hide')
  expect(files.get('machine.json')).toContain('"phase": "running"')
  expect(files.get('engine.json')).toMatch(/\d+\.\d+\.\d+/)
  for (const [name, text] of files) {
    const found = ['planted-', 'cGxhbnRlZC1sb2c6eA', ...keyLines].filter((secret) => text.includes(secret))
    expect({ name, found }).toEqual({ name, found: [] })
  }
})
