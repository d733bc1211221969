import { execFileSync } from 'node:child_process'
import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseModel } from '../../../../src/main/compose/model'
import { Preparation } from '../../../../src/main/compose/preparation'
import type { BindContext } from '../../../../src/main/mounts'
import { resolveLinks } from '../../../../src/main/mounts/host-links'
import { sharedFile } from '../../../../src/main/mounts/shared-file'
import { composeLabels } from '../../../../src/shared/compose'
import { projectFileLimit } from '../../../../src/shared/project-files'
import type { Container } from '../../../../src/shared/containers'
import { BerthError } from '../../../../src/shared/errors'
import type { PortBinding } from '../../../../src/shared/ports'
import { container } from '../../renderer/support'

describe('Preparation', () => {
  let folder: string
  let containers: Map<string, Container>
  /** The calls of the ports and of the engine's state, in their order. */
  let calls: string[]
  let taken: number | undefined
  let freePart: { first: number; last: number } | undefined
  let preparation: Preparation

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-preparation-')))
    containers = new Map()
    calls = []
    taken = undefined
    freePart = undefined
    const context: BindContext = {
      platform: 'linux',
      homeFolder: '/home/me',
      ownFolder: '/own',
      sharedFolders: [{ path: folder }],
      resolveLinks: (path) => Promise.resolve(path),
    }
    preparation = new Preparation({
      state: {
        containers,
        refreshContainer: (id: string) => {
          calls.push(`refresh ${id}`)
          return Promise.resolve()
        },
      },
      mounts: {
        currentBindContext: () => Promise.resolve(context),
        beforeStart: async (mounts: () => Promise<readonly unknown[]>) => {
          calls.push(`mounts ${(await mounts()).length}`)
        },
        hostPath: (path: string) => path,
        sharedFile: (path: string) =>
          sharedFile(path, {
            platform: 'linux',
            ownFolder: '/own',
            sharedFolders: [{ path: folder, writable: true }],
            resolveLinks,
          }),
      },
      ports: {
        reserve: (bindings: PortBinding[], id = '') => {
          const ports = bindings.map(({ hostPort }) => hostPort)
          if (taken !== undefined && ports.includes(taken))
            return Promise.reject(new BerthError('port.taken', { port: taken }))
          calls.push(`reserve ${ports.join()}${id && ` for ${id}`}`)
          return Promise.resolve({
            settle: () => {
              calls.push(`settle ${ports.join()}`)
              return Promise.resolve()
            },
            handOver: () => undefined,
          })
        },
        freePart: ({ first, last }) => {
          calls.push(`range ${first}-${last}`)
          return Promise.resolve(freePart)
        },
      },
    })
  })
  afterEach(() => rm(folder, { recursive: true }))

  const binding = (hostPort: number) => ({
    hostIp: '',
    hostPort,
    containerPort: 80,
    protocol: 'tcp' as const,
  })
  function member(id: string, service: string, change: Partial<Container> = {}): void {
    const labels = { [composeLabels.project]: 'shop', [composeLabels.service]: service }
    containers.set(id, container({ id, labels, ...change }))
  }
  const model = (services: object) => parseModel(JSON.stringify({ name: 'shop', services }))
  const port = (published: string) => ({ target: 80, published })

  it('reserves the ports that no running container of the project publishes yet, until it is settled', async () => {
    member('web-1', 'web', { ports: [binding(8080)] })
    member('old-1', 'old', { state: 'exited', ports: [binding(9090)] })
    containers.set('other', container({ id: 'other', ports: [binding(7070)] }))
    const ready = await preparation.ofModel(
      'shop',
      model({ web: { image: 'a', ports: [port('8080'), port('9090'), port('7070')] } }),
      { creates: true },
    )
    expect(calls).toEqual(['mounts 0', 'reserve 9090,7070'])
    await ready.settle()
    await ready.settle()
    expect(calls.slice(2)).toEqual(['refresh web-1', 'refresh old-1', 'settle 9090,7070'])
    expect(ready.images).toEqual(['a'])
  })

  it('leaves a range to the engine, without the ports of other programs', async () => {
    const ranged = model({ web: { image: 'a', ports: [port('8000-8010')] } })
    expect(await preparation.ofModel('shop', ranged, { creates: true })).toMatchObject({
      override: undefined,
    })
    freePart = { first: 8005, last: 8010 }
    const ready = await preparation.ofModel('shop', ranged, { creates: true })
    expect(ready.override).toContain('"published":"8005-8010"')
    expect(calls).toContain('range 8000-8010')
  })

  it('refuses a folder of a build that is not shared, and reserves nothing for a build', async () => {
    await writeFile(join(folder, 'Dockerfile'), 'FROM base AS one\nFROM one\n')
    const built = (context: string) => model({ web: { build: { context }, ports: [port('8080')] } })
    const ready = await preparation.ofModel('shop', built(folder), { creates: false })
    expect(ready).toMatchObject({ images: ['base'], override: undefined })
    await expect(preparation.ofModel('shop', built('/away'), { creates: false })).rejects.toMatchObject({
      code: 'mounts.not-shared',
    })
    expect(calls).toEqual([])
  })

  it('reads no Dockerfile outside the shared folders, and none that is no text file of a usual size', async () => {
    const outside = await realpath(await mkdtemp(join(tmpdir(), 'berth-outside-')))
    await writeFile(join(outside, 'Dockerfile'), 'FROM secret\n')
    await symlink(join(outside, 'Dockerfile'), join(folder, 'link'))
    await writeFile(join(folder, 'large'), `FROM large\n${'#'.repeat(projectFileLimit)}`)
    await writeFile(join(folder, 'small'), 'FROM small\n')
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const names = ['link', 'large', 'small', 'pipe', '/dev/zero', join(outside, 'Dockerfile'), 'missing']
    const services = names.map((dockerfile, index) => [
      `service-${index}`,
      { build: { context: folder, dockerfile } },
    ])
    const built = model(Object.fromEntries(services) as object)
    expect((await preparation.ofModel('shop', built, { creates: false })).images).toEqual(['small'])
    await rm(outside, { recursive: true })
  })

  it('reserves the ports of existing containers for these containers', async () => {
    member('web-1', 'web', { ports: [binding(8080)] })
    member('db-1', 'db', { ports: [binding(9090)] })
    const ready = await preparation.ofContainers('shop', ['web'])
    await ready.settle()
    expect(calls).toEqual([
      'mounts 0',
      'reserve 8080 for web-1',
      'refresh web-1',
      'refresh db-1',
      'settle 8080',
    ])
  })

  it('gives back what it has reserved if a later port is taken', async () => {
    member('web-1', 'web', { ports: [binding(8080)] })
    member('db-1', 'db', { ports: [binding(9090)] })
    taken = 9090
    await expect(preparation.ofContainers('shop', [])).rejects.toMatchObject({ code: 'port.taken' })
    expect(calls).toContain('settle 8080')
  })
})
