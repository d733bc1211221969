import { afterAll, beforeAll, expect, it } from 'vitest'
import { Diagnostics } from '../../src/main/diagnostics/diagnostics'
import { Disk } from '../../src/main/disk/disk'
import { checkIds, type CheckResult } from '../../src/shared/diagnostics'
import { defaultSettings } from '../../src/main/host/settings-defaults'
import { hostArch } from '../../src/main/machine/qemu-command'
import { EngineFixture, eventually } from '../support/engine-fixture'
import { theMachine } from '../support/machine-fixture'

let fixture: EngineFixture
let diagnostics: Diagnostics
beforeAll(async () => {
  fixture = await EngineFixture.open()
  const { paths, log } = await theMachine()
  const { machine, engine, ports } = fixture
  const { link } = machine
  const settings = () => defaultSettings()
  diagnostics = new Diagnostics({
    paths,
    log,
    platform: 'linux',
    arch: hostArch(),
    env: process.env,
    about: { version: '1.2.3', host: 'headless' },
    settings,
    updateSettings: () => Promise.resolve(),
    machine,
    link,
    ports,
    disk: new Disk({ paths, link, engine }),
    engine,
  })
})
afterAll(() => fixture.close())

async function results(): Promise<Map<string, CheckResult>> {
  const found = new Map<string, CheckResult>()
  for await (const result of diagnostics.run(new AbortController().signal)) found.set(result.check, result)
  return found
}

it('every check ends, and what is known to be well is so', async () => {
  const found = await results()
  expect([...found.keys()].sort()).toEqual([...checkIds].sort())
  expect([...found.values()].filter(({ finding }) => finding === 'broken')).toEqual([])
  for (const check of ['qemu', 'image', 'data-disk', 'clock', 'ports', 'folders'] as const)
    expect({ check, status: found.get(check)?.status }).toEqual({ check, status: 'ok' })
  expect(found.get('accelerator')?.finding).toMatch(/^accelerator\.(?:ok|emulated-linux)$/)
})

it('a clock that is off is found, and set by its fix', async () => {
  const { link } = fixture.machine
  await link.exec('date -s @1000000000')
  const before = (await results()).get('clock')
  // The clock is looked after by itself as well: it may have been first.
  if (before?.status !== 'ok') expect(before).toMatchObject({ finding: 'clock.off', fix: 'set-clock' })
  await diagnostics.fix('set-clock')
  await eventually(async () => Number((await link.exec('date +%s')).stdout)).toBeGreaterThan(1_700_000_000)
  expect((await results()).get('clock')).toMatchObject({ status: 'ok' })
})
