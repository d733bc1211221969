import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { composeServices, readComposeService } from '../../../../src/shared/docker-commands/read'
import { composeFile, containerLine, writtenContainer } from '../../../../src/shared/docker-commands/written'
import { completeSpec, type RunRequest } from '../../../../src/shared/run'
import { randomRequest, seeded } from '../../../support/random-requests'

function written(request: RunRequest & { name: string }, body: object = {}) {
  return writtenContainer({ request, body: JSON.stringify({ HostConfig: {}, ...body }) })
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
      { ...plain, name: 'web', autoRemove: true },
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
      'docker run -d --name web --rm --network container:db --privileged -P --expose 9/udp --sysctl net.core.somaxconn=10 --stop-signal SIGINT nginx',
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

  it('is read back from its compose file as the same request, for random requests', () => {
    const random = seeded(78)
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
