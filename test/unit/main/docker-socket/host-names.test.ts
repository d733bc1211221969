import { describe, expect, it } from 'vitest'
import {
  hostNamesInterceptors,
  withHostNames,
  withServiceHostNames,
} from '../../../../src/main/docker-socket/host-names'

const both = ['host.docker.internal:10.0.2.2', 'gateway.docker.internal:10.0.2.2']

describe('a container that has its own name servers', () => {
  it('gets the names of this computer in its hosts file', () => {
    const body = { Image: 'web', HostConfig: { Dns: ['9.9.9.9'], Init: true } }
    expect(withHostNames(body)).toEqual({
      Image: 'web',
      HostConfig: { Dns: ['9.9.9.9'], Init: true, ExtraHosts: both },
    })
  })

  it('keeps the addresses that the user has assigned to the names of this computer', () => {
    for (const own of [
      'host.docker.internal:host-gateway',
      'Host.Docker.Internal=192.0.2.1',
      'host.docker.internal:::1',
    ])
      expect(withHostNames({ HostConfig: { Dns: ['9.9.9.9'], ExtraHosts: [own] } })).toMatchObject({
        HostConfig: { ExtraHosts: [own, both[1]] },
      })
  })

  it('is the only kind of container whose hosts file Berth changes, because all others ask Berth’s name server', () => {
    for (const HostConfig of [{}, { Dns: null }, { Dns: [] }, { Dns: [], ExtraHosts: ['a:1.2.3.4'] }]) {
      const body = { HostConfig }
      expect(withHostNames(body)).toBe(body)
    }
  })
})

describe('a swarm service that has its own name servers', () => {
  it('gets the names of this computer in its hosts file', () => {
    const service = (Hosts?: string[]) => ({
      Name: 'web',
      TaskTemplate: { ContainerSpec: { Image: 'web', DNSConfig: { Nameservers: ['9.9.9.9'] }, Hosts } },
    })
    const added = ['10.0.2.2 host.docker.internal', '10.0.2.2 gateway.docker.internal']
    expect(withServiceHostNames(service())).toEqual(service(added))
    expect(withServiceHostNames(service(['1.2.3.4 a host.docker.internal']))).toEqual(
      service(['1.2.3.4 a host.docker.internal', '10.0.2.2 gateway.docker.internal']),
    )
    const plain = { TaskTemplate: { ContainerSpec: { Image: 'web' } } }
    expect(withServiceHostNames(plain)).toBe(plain)
  })
})

it('only requests that create containers, or create or update services, get the names of this computer', () => {
  const rewritten = (path: string) => hostNamesInterceptors().some((each) => each.path.test(path))
  expect(['/containers/create', '/services/create', '/services/abc/update'].every(rewritten)).toBe(true)
  expect(['/containers/abc/update', '/services/abc'].some(rewritten)).toBe(false)
})
