import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Disk } from '../../src/main/disk/reclaim'
import type { DiskKind, KindUsage } from '../../src/shared/disk'
import { busybox, EngineFixture } from '../support/engine-fixture'
import { theMachine } from '../support/machine-fixture'

const megabyte = 1_000_000

describe('disk space of a running machine', () => {
  let fixture: EngineFixture
  let disk: Disk

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    const { paths } = await theMachine()
    disk = new Disk({ paths, machine: fixture.machine, link: fixture.machine.link, engine: fixture.engine })
  })
  afterAll(() => fixture.close())

  async function kind(name: DiskKind): Promise<KindUsage> {
    const { engine = [] } = await disk.usage()
    const found = engine.find((usage) => usage.kind === name)
    if (found === undefined) throw new Error(`the engine does not report ${name}`)
    return found
  }

  /** Returns the bytes that the disk file takes up on the host. */
  async function allocated(): Promise<number> {
    return (await disk.usage()).file?.allocated ?? 0
  }

  it('is reported for the host, for the guest and for each kind of object', async () => {
    const { host, file, guest, engine } = await disk.usage()
    expect(file?.virtual).toBe(16 * 2 ** 30)
    expect(file?.allocated).toBeLessThan(file?.virtual ?? 0)
    expect(guest?.total).toBeGreaterThan(15e9)
    expect(guest?.free).toBeLessThan(guest?.total ?? 0)
    expect(host.free).toBeGreaterThan(0)
    expect(engine?.map((usage) => usage.kind)).toEqual(['images', 'containers', 'volumes', 'build-cache'])
  })

  it('returns to the host after a reclaim of images, containers, volumes and builds', async () => {
    const build = `FROM ${busybox}\\nRUN head -c 60000000 /dev/urandom > /layer\\n`
    const { link } = fixture.machine
    const built = await link.exec(`printf '${build}' | docker build -q -t big:1 -`)
    expect(built).toMatchObject({ code: 0 })
    const { id } = await fixture.run({
      command: ['sh', '-c', 'head -c 40000000 /dev/urandom > /own; head -c 40000000 /dev/urandom > /v/f'],
      volumes: [{ volume: 'spare', path: '/v', readOnly: false }],
    })
    await link.exec(`docker wait ${id} && docker rename ${id} done`)

    expect((await kind('containers')).reclaimable).toMatchObject({ count: 1, names: ['done'] })
    expect((await kind('volumes')).reclaimable.count).toBe(0)
    expect((await kind('images')).reclaimable.names).toEqual(['big:1'])
    const full = await allocated()

    const containers = await disk.reclaim('containers')
    const volumes = await disk.reclaim('volumes')
    // The image and the build cache share the layer. Only the second of these two reclaims frees the layer's space.
    const images = await disk.reclaim('images')
    const builds = await disk.reclaim('build-cache')
    const results = [containers, volumes, images, builds]
    expect(results.map(({ removed }) => removed >= 1)).toEqual([true, true, true, true])
    expect(containers.freed).toBeGreaterThan(39 * megabyte)
    expect(volumes.freed).toBeGreaterThan(39 * megabyte)
    expect(images.freed + builds.freed).toBeGreaterThan(59 * megabyte)
    const { engine = [] } = await disk.usage()
    expect(engine.map(({ count }) => count)).toEqual([0, 0, 0, 0])

    expect(results.reduce((sum, { returned }) => sum + returned, 0)).toBeGreaterThan(130 * megabyte)
    expect(full - (await allocated())).toBeGreaterThan(130 * megabyte)
  })
})
