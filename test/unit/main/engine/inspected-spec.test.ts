import { describe, expect, it } from 'vitest'
import { newContainerBody, withFields } from '../../../../src/main/engine/create-body'
import { blueprintOf } from '../../../../src/main/engine/inspected-spec'
import { recreationInspectSchema } from '../../../../src/main/engine/schemas-recreation'
import { changedFields, completeSpec, type ContainerSpec, type RunRequest } from '../../../../src/shared/run'

const id = 'abcdef0123456789'

/** An inspected container with these parts of its configuration. */
function inspect(parts: { Config?: object; HostConfig?: object; Networks?: object; Mounts?: object[] } = {}) {
  return recreationInspectSchema.parse({
    Id: id,
    Name: '/web',
    Image: 'sha256:1',
    State: { Status: 'running' },
    Config: { Image: 'app:1', Hostname: id.slice(0, 12), ...parts.Config },
    HostConfig: { NetworkMode: 'bridge', ...parts.HostConfig },
    NetworkSettings: { Networks: parts.Networks ?? { bridge: { IPAddress: '172.17.0.2' } } },
    Mounts: parts.Mounts ?? [],
  })
}

/** The body after an edit of some settings. */
function edited(
  container: ReturnType<typeof inspect>,
  change: (spec: ContainerSpec) => Partial<ContainerSpec>,
) {
  const { body, spec } = blueprintOf(container)
  const after = { ...spec, ...change(spec) }
  return withFields(body, { before: spec, after, fields: changedFields(spec, after) })
}

describe('blueprintOf', () => {
  it('leaves out what the container inherited from its image, so that a new image can bring its own', () => {
    const image = {
      Env: ['PATH=/bin', 'LANG=C'],
      Cmd: ['serve'],
      Entrypoint: ['/init'],
      WorkingDir: '/app',
      Labels: { vendor: 'x', kept: '1' },
      ExposedPorts: { '80/tcp': {} },
    }
    const Config = {
      ...image,
      Env: ['PATH=/bin', 'LANG=ko', 'OWN=1'],
      Cmd: ['serve', '--fast'],
      Labels: { vendor: 'x', kept: '2' },
    }
    const { body, spec } = blueprintOf(inspect({ Config }), image)
    expect(body).toMatchObject({
      Env: ['LANG=ko', 'OWN=1'],
      Cmd: ['serve', '--fast'],
      Labels: { kept: '2' },
      ExposedPorts: {},
    })
    for (const key of ['Entrypoint', 'WorkingDir', 'Hostname']) expect(body).not.toHaveProperty(key)
    expect(spec.environment.map(({ name }) => name)).toEqual(['LANG', 'OWN'])
  })

  it('keeps a removed entry point, and only then', () => {
    const Config = { Entrypoint: null, Cmd: ['ls'] }
    const image = { Entrypoint: ['/init'], Cmd: ['serve'] }
    expect(blueprintOf(inspect({ Config }), image).body).toMatchObject({ Entrypoint: [], Cmd: ['ls'] })
    for (const Entrypoint of [null, [], undefined])
      expect(blueprintOf(inspect({ Config: { Entrypoint } }), { Cmd: ['ls'] }).body).not.toHaveProperty(
        'Entrypoint',
      )
  })

  it('names anonymous volumes, whether the image or the user has declared them', () => {
    const { body } = blueprintOf(
      inspect({
        Config: { Volumes: { '/image': {} } },
        HostConfig: {
          Binds: ['named:/named'],
          Mounts: [{ Type: 'volume', Target: '/mine', VolumeOptions: { NoCopy: true } }],
        },
        Mounts: [
          { Type: 'volume', Name: 'a1', Destination: '/image', RW: true },
          { Type: 'volume', Name: 'b2', Destination: '/mine', RW: true },
          { Type: 'volume', Name: 'named', Destination: '/named', RW: true },
        ],
      }),
    )
    expect(body.HostConfig.Binds).toEqual(['named:/named'])
    expect(body.HostConfig.Mounts).toEqual([
      { Type: 'volume', Target: '/mine', VolumeOptions: { NoCopy: true }, Source: 'b2' },
      { Type: 'volume', Source: 'a1', Target: '/image', ReadOnly: false },
    ])
    expect(body).not.toHaveProperty('Volumes')
  })

  it('knows a place in the container by any of its spellings', () => {
    const written = inspect({
      HostConfig: {
        Binds: ['/srv:/srv/'],
        Mounts: [{ Type: 'volume', Source: 'data', Target: '/data/./' }],
        Tmpfs: { '/tmp/': '' },
      },
      Mounts: [
        { Type: 'bind', Source: '/srv', Destination: '/srv', RW: true },
        { Type: 'volume', Name: 'data', Destination: '/data', RW: true },
      ],
    })
    expect(blueprintOf(written).body.HostConfig.Mounts).toHaveLength(1)
    const { HostConfig } = edited(written, ({ volumes, binds, tmpfs }) => ({
      volumes: volumes.map((row) => ({ ...row, path: '/data', readOnly: true })),
      binds: binds.map((row) => ({ ...row, path: '/srv', readOnly: true })),
      tmpfs: tmpfs.map((row) => ({ ...row, size: 4096 })),
    }))
    expect(HostConfig.Binds).toEqual([])
    expect(HostConfig.Tmpfs).toEqual({})
    expect(HostConfig.Mounts?.map(({ Target }) => Target)).toEqual(['/data', '/srv', '/tmp/'])
  })

  it('keeps fixed addresses and aliases, and leaves out the addresses that the engine chose', () => {
    const { body, spec } = blueprintOf(
      inspect({
        HostConfig: { NetworkMode: 'back' },
        Networks: {
          other: { IPAddress: '10.0.0.3', Aliases: [id.slice(0, 12)] },
          back: { IPAddress: '10.1.0.9', IPAMConfig: { IPv4Address: '10.1.0.9' }, Aliases: ['db'] },
        },
      }),
    )
    expect(body.NetworkingConfig.EndpointsConfig).toEqual({
      back: { IPAMConfig: { IPv4Address: '10.1.0.9' }, Aliases: ['db'] },
      other: {},
    })
    expect(Object.keys(body.NetworkingConfig.EndpointsConfig)).toEqual(['back', 'other'])
    expect(spec.networks[0]).toEqual({ network: 'back', aliases: ['db'], ipv4: '10.1.0.9', ipv6: '' })
  })

  it('turns the engine’s form of a link into the form that the engine accepts', () => {
    const { body } = blueprintOf(inspect({ HostConfig: { Links: ['/db:/web/store'] } }))
    expect(body.HostConfig.Links).toEqual(['db:store'])
  })
})

describe('withFields', () => {
  it('changes only what the user has changed, and keeps what the form does not know', () => {
    const container = inspect({
      HostConfig: {
        ShmSize: 1000,
        PortBindings: {
          '80/tcp': [{ HostIp: '', HostPort: '8000-8010' }],
          '81/tcp': [{ HostIp: '', HostPort: '81' }],
        },
        Binds: ['/src:/src:ro,rshared', 'data:/data'],
        Memory: 1000,
        MemorySwap: 2000,
      },
    })
    const body = edited(container, ({ binds, volumes }) => ({
      ports: [{ hostIp: '', hostPort: 0, containerPort: 82, protocol: 'udp' }],
      binds,
      volumes: volumes.map((row) => ({ ...row, readOnly: true })),
      memory: 64 * 1024 ** 2,
    }))
    expect(body.HostConfig).toMatchObject({
      ShmSize: 1000,
      PortBindings: {
        '80/tcp': [{ HostIp: '', HostPort: '8000-8010' }],
        '82/udp': [{ HostIp: '', HostPort: '' }],
      },
      Binds: ['/src:/src:ro,rshared'],
      Mounts: [{ Type: 'volume', Source: 'data', Target: '/data', ReadOnly: true }],
    })
    expect(body.HostConfig.PortBindings).not.toHaveProperty('81/tcp')
    expect(body.HostConfig).not.toHaveProperty('MemorySwap')
  })

  it('replaces the notation of the CPU limit, because the engine refuses both at the same time', () => {
    const container = inspect({ HostConfig: { CpuPeriod: 100_000, CpuQuota: 50_000 } })
    const { HostConfig } = edited(container, () => ({ cpus: 1.5 }))
    expect(HostConfig).toMatchObject({ NanoCpus: 1.5e9 })
    expect(HostConfig).not.toHaveProperty('CpuQuota')
  })

  it('takes all rights and the machine’s processes away', () => {
    const container = inspect({ HostConfig: { Privileged: true, PidMode: 'host', IpcMode: 'private' } })
    const { HostConfig } = edited(container, () => ({ privileged: false, hostPid: false }))
    expect(HostConfig).toMatchObject({ Privileged: false, PidMode: '', IpcMode: 'private' })
    const shared = edited(inspect({ HostConfig: { PidMode: 'container:db' } }), () => ({ init: true }))
    expect(shared.HostConfig, 'another container’s processes').toMatchObject({ PidMode: 'container:db' })
  })

  it('restores the image’s default when the user empties a field', () => {
    const body = edited(inspect({ Config: { Cmd: ['x'], User: 'me' } }), () => ({ command: [], user: '' }))
    expect(body).not.toHaveProperty('Cmd')
    expect(body).not.toHaveProperty('User')
  })
})

describe('newContainerBody', () => {
  it('makes a body that reads back as the same settings', () => {
    const request: RunRequest = {
      image: 'app:1',
      command: ['a b', "it's"],
      environment: [{ name: 'A', value: 'b=c' }],
      ports: [{ hostIp: '0.0.0.0', hostPort: 80, containerPort: 8080, protocol: 'tcp' }],
      volumes: [{ volume: 'data', path: '/data', readOnly: false }],
      binds: [{ hostPath: '/home/me', path: '/me', readOnly: true }],
      tmpfs: [{ path: '/tmp', size: 4096 }],
      autoRemove: false,
      tty: true,
      health: { kind: 'command', command: 'curl x', interval: 1.5, timeout: 2, startPeriod: 3, retries: 4 },
      restart: { policy: 'on-failure', retries: 5 },
      networks: [{ network: 'back', aliases: ['db'], ipv4: '10.1.0.9', ipv6: '' }],
      extraHosts: [{ name: 'six', address: '::1' }],
      privileged: true,
      hostPid: true,
      logging: { driver: 'local', options: [{ name: 'max-size', value: '1m' }] },
    }
    const { HostConfig, NetworkingConfig, ...Config } = newContainerBody(request)
    const again = blueprintOf(inspect({ Config, HostConfig, Networks: NetworkingConfig.EndpointsConfig }))
    expect(again.spec).toEqual({ ...completeSpec(request), name: 'web' })
  })
})
