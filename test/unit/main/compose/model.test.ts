import { describe, expect, it } from 'vitest'
import {
  bindingsOf,
  buildFolders,
  dockerfilesOf,
  imagesOf,
  parseModel,
  servicesOf,
  withFreePorts,
  withPlaces,
} from '../../../../src/main/compose/model'

const model = (parts: object) => parseModel(JSON.stringify({ name: 'shop', ...parts }))

describe('parseModel', () => {
  it('undoes the doubled dollar signs of compose', () => {
    const { services } = model({ services: { web: { image: 'a$$b' } } })
    expect(services?.web?.image).toBe('a$b')
  })

  it.each(['services', 'volumes', 'secrets', 'configs'])('refuses the name __proto__ in %s', (part) => {
    const json = `{"name":"shop","${part}":{"__proto__":{}}}`
    expect(() => parseModel(json)).toThrow(expect.objectContaining({ code: 'compose.invalid' }))
    expect(parseModel(json.replace('__proto__', 'proto'))[part as 'services']).toHaveProperty('proto')
  })

  it('refuses the name __proto__ for a folder of a build', () => {
    const build = '{"context":"/app","additional_contexts":{"__proto__":"/secret"}}'
    expect(() => parseModel(`{"name":"shop","services":{"web":{"build":${build}}}}`)).toThrow(
      expect.objectContaining({ code: 'compose.invalid' }),
    )
  })

  it('refuses another form without quoting the text, which may hold a secret', () => {
    let thrown: unknown
    try {
      parseModel('{"password": secret}')
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code: 'compose.invalid', detail: undefined })
  })
})

describe('servicesOf', () => {
  it('describes the services of all profiles by name', () => {
    const services = {
      web: {
        image: 'nginx',
        depends_on: {
          db: { condition: 'service_healthy', required: true },
          jobs: { condition: 'service_unknown' },
        },
        deploy: { replicas: 3 },
      },
      debug: { build: { context: '/app' }, profiles: ['dev'], develop: { watch: [{ path: '.' }] }, scale: 0 },
    }
    const [debug, web] = servicesOf(model({ services }), ['web'])
    expect(debug).toEqual({
      name: 'debug',
      image: '',
      builds: true,
      watches: true,
      replicas: 0,
      active: false,
      profiles: ['dev'],
      dependsOn: [],
    })
    expect(web).toMatchObject({
      active: true,
      replicas: 3,
      dependsOn: [
        { service: 'db', condition: 'service_healthy' },
        { service: 'jobs', condition: 'service_started' },
      ],
    })
  })
})

describe('bindingsOf', () => {
  it('has the ports with a fixed number, and none of a service without containers', () => {
    const ports = [
      { target: 80, published: '8080', protocol: 'tcp' },
      { target: 53, published: '5353', protocol: 'udp', host_ip: '127.0.0.1' },
      { target: 81 },
      { target: 82, published: '8000-8010' },
      { target: 83, published: '99999' },
    ]
    expect(bindingsOf(model({ services: { web: { ports }, off: { ports, scale: 0 } } }))).toEqual([
      { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
      { hostIp: '127.0.0.1', hostPort: 5353, containerPort: 53, protocol: 'udp' },
    ])
  })
})

describe('withFreePorts', () => {
  const services = {
    web: {
      ports: [
        { target: 80, published: '8000-8010', protocol: 'tcp', mode: 'ingress' },
        { target: 81, published: '9000' },
      ],
    },
    db: { ports: [{ target: 82, published: '7000-7010', host_ip: '127.0.0.1', protocol: 'udp' }] },
    off: { scale: 0, ports: [{ target: 80, published: '6000-6010' }] },
    odd: {
      ports: [
        { target: 80, published: '8010-8000' },
        { target: 80, published: '65530-65540' },
        { target: 80, published: '6000-6001', protocol: 'sctp' },
      ],
    },
  }

  it('asks for the ranges of services with containers, and needs no change if all is free', async () => {
    const asked: unknown[] = []
    const freePart = (range: unknown) => {
      asked.push(range)
      return Promise.resolve(undefined)
    }
    expect(await withFreePorts(model({ services }), freePart)).toBeUndefined()
    expect(asked).toEqual(
      expect.arrayContaining([
        { hostIp: '', first: 8000, last: 8010, protocol: 'tcp' },
        { hostIp: '127.0.0.1', first: 7000, last: 7010, protocol: 'udp' },
      ]),
    )
    expect(asked).toHaveLength(2)
  })

  it('replaces all ports of a service with a range that has to be smaller', async () => {
    const narrowed = await withFreePorts(model({ services }), ({ first }) =>
      Promise.resolve(first === 8000 ? { first: 8004, last: 8010 } : undefined),
    )
    expect(narrowed).toEqual({
      web: {
        ports: [
          { target: 80, published: '8004-8010', protocol: 'tcp', host_ip: '', mode: 'ingress' },
          { target: 81, published: '9000', protocol: 'tcp', host_ip: '' },
        ],
      },
    })
    const override = await withPlaces(model({ services }), (path) => Promise.resolve(path), narrowed)
    expect(override).toContain('{"web":{"ports": !override [{')
  })
})

describe('builds and images', () => {
  const services = {
    web: {
      build: { context: '/app/web', additional_contexts: { docs: '/docs', base: 'docker-image://alpine' } },
    },
    remote: { build: { context: 'https://example.org/repo.git' }, image: 'made' },
    inline: { build: { context: '/app/web', dockerfile_inline: 'FROM a' } },
    db: { image: 'postgres' },
    again: { image: 'postgres' },
  }

  it('finds the folders and the Dockerfiles of builds, without URLs', () => {
    expect(buildFolders(model({ services }))).toEqual(['/app/web', '/docs'])
    expect(dockerfilesOf(model({ services }))).toEqual([
      { inline: undefined, context: '/app/web', path: 'Dockerfile' },
      { inline: 'FROM a', context: '/app/web', path: 'Dockerfile' },
    ])
  })

  it('names each image once', () => {
    expect(imagesOf(model({ services }))).toEqual(['made', 'postgres'])
  })
})

describe('withPlaces', () => {
  const services = {
    web: {
      volumes: [
        { type: 'bind', source: '/app/data', target: '/data' },
        { type: 'bind', source: '/etc/localtime', target: '/etc/localtime', read_only: true },
        { type: 'volume', source: '/not-a-path', target: '/kept' },
      ],
    },
  }
  const asWritten = (path: string) => Promise.resolve(path)

  it('needs no further file if every path is the same in the machine', async () => {
    expect(await withPlaces(model({ services }), asWritten)).toBeUndefined()
  })

  it('replaces only the places that differ, and keeps the other options of the mount', async () => {
    const placeOf = (path: string) => Promise.resolve(path.replace('/etc/', '/run/$files/'))
    const override = await withPlaces(
      model({
        services,
        volumes: {
          bound: { driver_opts: { type: 'none', o: 'bind', device: '/etc/bound' } },
          nfs: { driver_opts: { type: 'nfs', o: 'addr=1', device: '/etc/nfs' } },
        },
        secrets: { key: { file: '/etc/key' }, other: { file: '/app/other' } },
      }),
      placeOf,
    )
    expect(JSON.parse(override ?? '')).toEqual({
      services: {
        web: {
          volumes: [
            {
              type: 'bind',
              source: '/run/$$files/localtime',
              target: '/etc/localtime',
              read_only: true,
            },
          ],
        },
      },
      volumes: { bound: { driver_opts: { device: '/run/$$files/bound' } } },
      secrets: { key: { file: '/run/$$files/key' } },
    })
  })

  it('refuses a path that has no place, wherever the files name it', async () => {
    const refuse = (path: string) => Promise.reject(new Error(path))
    for (const parts of [
      { services: { web: { volumes: [{ type: 'bind', source: '/a', target: '/b' }] } } },
      { volumes: { bound: { driver_opts: { o: 'rbind', device: '/a' } } } },
      { secrets: { key: { file: '/a' } } },
      { configs: { key: { file: '/a' } } },
    ])
      await expect(withPlaces(model(parts), refuse)).rejects.toThrow('/a')
  })
})
