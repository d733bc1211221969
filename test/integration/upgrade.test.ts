import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { Diagnostics } from '../../src/main/diagnostics/diagnostics'
import { Disk } from '../../src/main/disk/reclaim'
import type { Engine } from '../../src/main/engine/engine'
import type { BerthPaths } from '../../src/main/host/berth-files'
import { findGuestImage } from '../../src/main/guest-image/newest-or-previous'
import { manifestSchema } from '../../src/main/guest-image/manifest'
import type { Machine } from '../../src/main/machine/machine'
import { contextOf } from '../unit/main/diagnostics/support'
import { busyboxTar, idleContainer } from '../support/busybox-image'
import { eventually, localVolume } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'
import { privateMachine, temporaryPaths } from '../support/machine-fixture'

let machine: Machine | undefined
afterEach(async () => {
  await machine?.stop()
  machine = undefined
})

const arch = process.arch === 'arm64' ? 'arm64' : 'x86_64'

/**
 * Adds the guest image that was built on this computer to the cache under another name. The copy is the newest guest
 * image. With `broken`, its initramfs is invalid.
 */
async function release(paths: BerthPaths, recipe: string, options: { broken?: boolean } = {}): Promise<void> {
  const built = await findGuestImage(await temporaryPaths(), arch)
  if (built === undefined) throw new Error('there is no guest image: run `npm run vm:build`')
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(built, 'manifest.json'), 'utf8')))
  const folder = join(paths.guestCache, `${arch}-${recipe}`)
  await mkdir(folder, { recursive: true })
  for (const name of Object.keys(manifest.files)) await symlink(join(built, name), join(folder, name))
  if (options.broken === true) {
    const content = 'no initramfs'
    await rm(join(folder, 'initrd.img'))
    await writeFile(join(folder, 'initrd.img'), content)
    const sha256 = createHash('sha256').update(content).digest('hex')
    manifest.files['initrd.img'] = { bytes: content.length, sha256 }
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, recipe }))
}

function diagnosticsOf(paths: BerthPaths, mine: Machine, engine: Engine): Diagnostics {
  const link = mine.link
  const { dockerAccess, ...context } = contextOf({ paths, machine: mine, link, arch })
  return new Diagnostics({
    ...context,
    log: silentLog,
    about: { version: '1.2.3', host: 'headless' },
    machine: mine,
    link,
    engine,
    disk: new Disk({ paths, machine: mine, link, engine }),
    dns: { problem: undefined, settled: () => Promise.resolve(), serve: () => Promise.resolve() },
    dockerAccess: {
      ...dockerAccess,
      keepContext: () => Promise.resolve(),
      makeContextCurrent: () => Promise.resolve(),
      recheck: () => Promise.resolve(),
    },
    updateSettings: () => Promise.resolve(),
  })
}

/** Returns the finding of the image check, and the fix that it offers. */
async function imageFinding(diagnostics: Diagnostics) {
  for await (const { check, finding, fix } of diagnostics.run(new AbortController().signal))
    if (check === 'image') return [finding, fix]
  return []
}

describe('a newer guest image', () => {
  it('starts on the data disk of an older image, and the user can return to the older image', async () => {
    // This home folder has its own cache. The machine boots the newest guest image in this cache.
    const home = await temporaryPaths({ BERTH_GUEST_IMAGE: '' })
    const paths = { ...home, guestCache: join(home.home, 'guest') }
    const { machine: mine, engine } = await privateMachine({ paths })
    machine = mine

    await release(paths, 'aaa')
    await mine.start()
    await engine.images.import('busybox:latest', Readable.from([await busyboxTar()]))
    await engine.volumes.create(localVolume('kept'))
    const { id } = await engine.containers.create(idleContainer)
    const allThere = async () => {
      expect((await engine.containers.list()).map((container) => container.id)).toEqual([id])
      expect((await engine.images.list()).flatMap(({ tags }) => tags)).toEqual(['busybox:latest'])
      expect((await engine.volumes.list()).map(({ name }) => name)).toEqual(['kept'])
    }
    // Old data disks have no file `data-format`, because the format number did not exist.
    await mine.link.exec('rm /var/lib/berth/data-format')
    await mine.stop()

    await release(paths, 'bbb')
    await mine.start()
    expect(mine.state.image).toEqual({ recipe: 'bbb', newest: 'bbb', next: 'bbb', previous: 'aaa' })
    expect((await mine.link.exec('cat /var/lib/berth/data-format')).stdout).toBe('1\n')
    await allThere()
    await mine.stop()

    await release(paths, 'ccc', { broken: true })
    await expect(mine.start()).rejects.toThrow()
    expect(mine.state).toMatchObject({ phase: 'failed', image: { recipe: 'ccc', previous: 'bbb' } })
    // One byte of the guest image changes as well. So the diagnostics offer the previous guest image.
    await writeFile(join(paths.guestCache, `${arch}-ccc`, 'initrd.img'), 'no initramfz')
    const diagnostics = diagnosticsOf(paths, mine, engine)
    expect(await imageFinding(diagnostics)).toEqual(['image.damaged-other', 'use-other-image'])
    await diagnostics.fix('use-other-image')
    expect(mine.state.image).toEqual({ recipe: 'bbb', newest: 'ccc', next: 'bbb' })
    expect(await imageFinding(diagnostics)).toEqual(['image.ok', undefined])
    await allThere()
    // Berth has neither deleted nor added a guest image.
    expect((await readdir(paths.guestCache)).length).toBe(3)

    await mine.link.exec('echo 7 >/var/lib/berth/data-format')
    await mine.stop()
    const newer = {
      code: 'machine.data-newer',
      params: { file: join(paths.machine, 'data.qcow2'), format: '7', known: '1' },
    }
    await expect(mine.start()).rejects.toMatchObject(newer)
    const before = await readdir(paths.logs)
    await writeFile(join(paths.machine, 'data.json'), '{"format":7,"recipe":"fff"}')
    await expect(mine.start()).rejects.toMatchObject(newer)
    expect(mine.state.failure?.phase).toBe('preparing')
    expect(await readdir(paths.logs)).toEqual(before)
  })

  it('starts on a data disk of Docker Engine 26, and all containers and other objects on the disk work', async () => {
    const paths = await temporaryPaths()
    await mkdir(paths.machine, { recursive: true })
    await pipeline(
      createReadStream('test/fixtures/docker-26-data.qcow2.gz'),
      createGunzip(),
      createWriteStream(join(paths.machine, 'data.qcow2')),
    )
    const { machine: mine, engine } = await privateMachine({ paths })
    machine = mine
    await mine.start()
    const shell = async (command: string) => (await mine.link.exec(command)).stdout.trim()

    // The container `web` restarts with the engine.
    await eventually(() => shell('docker exec web cat /data/f')).toBe('kept')
    await eventually(() => shell('wget -qO- http://127.0.0.1:8080/f')).toBe('kept')
    expect(await shell('docker start -a made')).toBe('made')
    expect((await engine.volumes.list()).map(({ name }) => name)).toEqual(['kept'])
    expect(await shell('docker network inspect -f "{{(index .IPAM.Config 0).Subnet}}" mynet')).toBe(
      '10.99.0.0/24',
    )
    expect(await shell('docker run --rm --network mynet busybox echo new')).toBe('new')
    // This id belongs to the RUN step of a build.
    expect(await shell('docker builder du')).toContain('rlzzieyi0j3aul5c9hvq2jtxr')
    expect(await shell('docker config inspect -f "{{.Spec.Name}}" conf')).toBe('conf')
    await eventually(() => shell('docker service ls --format "{{.Name}} {{.Replicas}}"')).toBe('svc 1/1')
  })
})
