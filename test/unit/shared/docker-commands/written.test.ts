import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { composeServices, readComposeService } from '../../../../src/shared/docker-commands/read'
import { composeFile, containerLine, writtenContainer } from '../../../../src/shared/docker-commands/written'
import { completeSpec, type RunRequest } from '../../../../src/shared/run'
import { randomRequest } from '../../../support/random-requests'
import { seededRandom } from '../../../support/seeded-random'

function written(request: RunRequest & { name: string }, body: object = {}) {
  return writtenContainer({
    id: `id of ${request.name}`,
    request,
    body: JSON.stringify({ HostConfig: {}, ...body }),
  })
}
const plain = {
  image: 'nginx',
  command: [],
  environment: [],
  ports: [],
  volumes: [],
  autoRemove: false,
  tty: false,
}

describe('an existing container', () => {
  it('becomes a line without what the engine or compose has added', () => {
    const container = written(
      {
        ...plain,
        name: 'web',
        volumes: [
          { volume: 'a'.repeat(64), path: '/cache', readOnly: false },
          { volume: 'data', path: '/data', readOnly: true },
        ],
        labels: [
          { name: 'com.docker.compose.project', value: 'shop' },
          { name: 'mine', value: '1' },
        ],
        logging: { driver: 'json-file', options: [] },
      },
      { HostConfig: { ShmSize: 67108864, IpcMode: 'private', CgroupnsMode: 'private', Runtime: 'runc' } },
    )
    expect(containerLine(container)).toBe(
      'docker run -d --name web -v /cache -v data:/data:ro -l mine=1 nginx',
    )
  })

  it('keeps the settings that the form does not know, and names what cannot be written', () => {
    const container = written(
      { ...plain, name: 'web', autoRemove: true, privileged: true },
      {
        StopSignal: 'SIGINT',
        ExposedPorts: { '80/tcp': {}, '9/udp': {} },
        HostConfig: {
          Privileged: true,
          PublishAllPorts: true,
          PortBindings: { '80/tcp': [{}] },
          Binds: ['/srv:/srv:z'],
          NetworkMode: 'container:db',
          Sysctls: { 'net.core.somaxconn': '10' },
          DeviceRequests: [{}],
        },
      },
    )
    expect(containerLine(container)).toBe(
      'docker run -d --name web --rm --privileged --network container:db -P --expose 9/udp --sysctl net.core.somaxconn=10 --stop-signal SIGINT nginx',
    )
    expect(container.extras.missingInRun).toEqual(['volume /srv:/srv:z', 'gpus'])
    const { text, missing } = composeFile([container])
    expect(missing.map(({ setting }) => setting)).toEqual([
      '--rm',
      '--publish-all',
      '--volume /srv:/srv:z',
      '--gpus',
    ])
    expect(parse(text)).toEqual({
      services: {
        web: {
          image: 'nginx',
          container_name: 'web',
          network_mode: 'container:db',
          privileged: true,
          expose: ['9/udp'],
          sysctls: { 'net.core.somaxconn': '10' },
          stop_signal: 'SIGINT',
        },
      },
    })
  })

  it('shares its networks and named volumes with the other services of the file', () => {
    const row = { network: 'back', aliases: [], ipv4: '', ipv6: '' }
    const volumes = [{ volume: 'data', path: '/data', readOnly: false }]
    const { text } = composeFile([
      written({ ...plain, name: 'a', volumes, networks: [row] }),
      written({
        ...plain,
        name: 'b',
        volumes,
        networks: [row, { ...row, network: 'fixed', ipv4: '10.0.0.2' }],
      }),
    ])
    expect(parse(text)).toEqual({
      services: {
        a: { image: 'nginx', container_name: 'a', volumes: ['data:/data'], networks: { back: null } },
        b: {
          image: 'nginx',
          container_name: 'b',
          volumes: ['data:/data'],
          networks: { back: null, fixed: { ipv4_address: '10.0.0.2' } },
        },
      },
      networks: { back: {}, fixed: { name: 'fixed', external: true } },
      volumes: { data: { name: 'data' } },
    })
  })

  it('names every setting that it leaves out', () => {
    const { extras } = written(
      { ...plain, name: 'web' },
      {
        Env: ['A=1', 'REMOVED'],
        NetworkingConfig: {
          EndpointsConfig: {
            net: { DriverOpts: { mtu: '1' }, IPAMConfig: { LinkLocalIPs: ['169.254.1.1'] } },
          },
        },
        HostConfig: {
          Mounts: [
            { Type: 'bind', Target: '/plain', BindOptions: { CreateMountpoint: true, Propagation: '' } },
            { Type: 'bind', Target: '/shared', BindOptions: { Propagation: 'rshared' } },
            {
              Type: 'volume',
              Target: '/v',
              VolumeOptions: { NoCopy: false, DriverConfig: {}, Subpath: 'x' },
            },
            { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1, Mode: 448 } },
            { Type: 'image', Source: 'busybox', Target: '/i' },
          ],
          Tmpfs: { '/run': 'rw,noexec,size=1m', '/run2': 'mode=1777,exec' },
          PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8000-8010' }], '9/sctp': [{ HostPort: '9' }] },
          SecurityOpt: ['no-new-privileges', 'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'],
          BlkioDeviceReadBps: [{ Path: '/dev/sda', Rate: 1 }],
          CpuRealtimePeriod: 5,
          MemorySwappiness: 0,
          ConsoleSize: [24, 80],
          MaskedPaths: ['/proc/kcore'],
          KernelMemoryTCP: 0,
          OfTheFuture: 'x',
        },
      },
    )
    const nowhere = [
      'security-opt seccomp',
      'mount /shared (Propagation)',
      'mount /v (Subpath)',
      'mount /t (Mode)',
      'mount type=image,target=/i',
      'tmpfs /run2:mode=1777,exec',
      'network net (DriverOpts, LinkLocalIPs)',
      'env REMOVED',
      'device-read-bps',
      'cpu-rt-period',
      'of-the-future',
      'publish 9/sctp',
    ]
    expect(extras.missingInRun).toEqual(nowhere)
    expect(extras.missingInCompose.filter((one) => !nowhere.includes(one))).toEqual([
      'memory-swappiness',
      'publish 8000-8010:80',
    ])
    expect(extras.flags).toEqual([
      ...['--security-opt', 'no-new-privileges', '--memory-swappiness', '0', '-p', '8000-8010:80'],
    ])
  })

  it('keeps a removed entry point, and the settings that are maps', () => {
    const container = written(
      { ...plain, name: 'web', command: ['ls'] },
      {
        Entrypoint: [],
        HostConfig: { Annotations: { a$b: 'c$d' }, StorageOpt: { size: '1g' }, MaskedPaths: [] },
      },
    )
    expect(containerLine(container)).toBe(
      `docker run -d --name web --entrypoint '' --annotation 'a$b=c$d' --storage-opt size=1g --security-opt systempaths=unconfined nginx ls`,
    )
    expect(parse(composeFile([container]).text)).toEqual({
      services: {
        web: {
          image: 'nginx',
          container_name: 'web',
          command: ['ls'],
          network_mode: 'bridge',
          entrypoint: [],
          annotations: { a$b: 'c$$d' },
          storage_opt: { size: '1g' },
          security_opt: ['systempaths=unconfined'],
        },
      },
    })
  })

  it('names the other containers of the file by their services', () => {
    const { text } = composeFile([
      written({ ...plain, name: 'db', labels: [{ name: 'a$b', value: 'c$d' }] }),
      written(
        { ...plain, name: 'app' },
        {
          HostConfig: {
            NetworkMode: 'container:id of db',
            PidMode: 'container:db',
            IpcMode: 'container:elsewhere',
            VolumesFrom: ['db:ro', 'elsewhere'],
            Links: ['db:data', 'elsewhere:x'],
          },
        },
      ),
    ])
    expect(parse(text)).toEqual({
      services: {
        db: { image: 'nginx', container_name: 'db', network_mode: 'bridge', labels: { a$b: 'c$$d' } },
        app: {
          image: 'nginx',
          container_name: 'app',
          network_mode: 'service:db',
          pid: 'service:db',
          ipc: 'container:elsewhere',
          volumes_from: ['db:ro', 'container:elsewhere'],
          external_links: ['elsewhere:x'],
          links: ['db:data'],
        },
      },
    })
  })

  it('makes a network with the settings of the old one, or needs the old one', () => {
    const row = { aliases: [], ipv4: '', ipv6: '' }
    const container = written({
      ...plain,
      name: 'web',
      networks: [
        { ...row, network: 'closed' },
        { ...row, network: 'lan' },
      ],
    })
    const usual = { driver: 'bridge', internal: false, attachable: false, ipv6: false, options: {} }
    const options = { 'com.docker.network.driver.mtu': '1400', 'com.docker.network.bridge.name': 'br0' }
    const { text } = composeFile(
      [container],
      [
        { ...usual, name: 'closed', internal: true, ipv6: true, options },
        { ...usual, name: 'lan', driver: 'macvlan' },
        { ...usual, name: 'other' },
      ],
    )
    expect(parse(text)).toMatchObject({
      networks: {
        closed: {
          internal: true,
          enable_ipv6: true,
          driver_opts: { 'com.docker.network.driver.mtu': '1400' },
        },
        lan: { name: 'lan', external: true },
      },
    })
    expect(text).not.toContain('br0')
  })

  it('names the own network of the engine, which no notation combines with others', () => {
    const row = { network: 'bridge', aliases: [], ipv4: '', ipv6: '' }
    const networks = [row, { ...row, network: 'back' }]
    const container = written({ ...plain, name: 'web', networks })
    const { text, missing } = composeFile([container])
    expect(container.extras.missingInRun).toEqual(['network bridge'])
    expect(containerLine(container)).toBe('docker run -d --name web --network back nginx')
    expect(missing).toEqual([{ name: 'web', setting: '--network bridge' }])
    expect(parse(text)).toMatchObject({
      networks: { back: {} },
      services: { web: { networks: { back: null } } },
    })
    expect(text).not.toContain('bridge')
  })

  it('is read back from its compose file as the same request, for random requests', () => {
    const random = seededRandom(78)
    for (let round = 0; round < 300; round++) {
      const request = { ...randomRequest(random), name: `name${String(round)}` }
      const container = written(request)
      const { text } = composeFile([container])
      expect(composeServices(text), text).toEqual({ names: [request.name] })
      const read = readComposeService(text, request.name, '/never/used')
      expect(read, text).toEqual({
        request: { ...completeSpec(container.request), autoRemove: false },
        notTaken: [],
        variables: [],
        needsFolder: false,
        files: [],
      })
    }
  })
})
