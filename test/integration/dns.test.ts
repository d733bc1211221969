import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dns as dnsCheck } from '../../src/main/diagnostics/checks/dns'
import { MachineDns } from '../../src/main/network/machine-dns'
import { busybox, EngineFixture } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'
import { contextOf } from '../unit/main/diagnostics/support'

/** Ends the lookups that hang. */
let release: () => void
const hanging = new Promise<string[]>((resolve) => {
  release = () => {
    resolve([])
  }
})

/** Plays the host's resolver. It knows one name, and its lookups of the names `hangs-…` hang. */
function lookUp(name: string, family: 4 | 6): Promise<string[]> {
  if (name.startsWith('hangs-')) return hanging
  if (name === 'only-here.test' && family === 4) return Promise.resolve(['192.0.2.7'])
  return Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
}

describe('name resolution', () => {
  let fixture: EngineFixture
  const dns = new MachineDns({
    log: silentLog,
    servers: () => [],
    lookUp,
    // Resolves names while all lookups at the host's resolver are busy.
    fallback: (name) => Promise.resolve(name === 'quick.test' ? ['192.0.2.8'] : []),
  })

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    await dns.serve(fixture.machine.link)
  })
  afterAll(async () => {
    await fixture.machine.link.exec('iptables -w -t nat -F BERTH-DNS')
    await dns.close()
    await fixture.close()
  })

  it('resolves, for containers on any network, a name that only the host knows', async () => {
    await fixture.docker.run('network', 'create', 'names')
    for (const network of ['bridge', 'names']) {
      const output = await fixture.docker.run(
        ...['run', '--rm', '--network', network, busybox, 'nslookup', '-type=a', 'only-here.test'],
      )
      expect(output).toContain('192.0.2.7')
    }
    await fixture.docker.run('network', 'rm', 'names')
  })

  it('resolves other names while some lookups hang on the host', async () => {
    const dead = Array.from({ length: 20 }, (_, index) => `nslookup -type=a hangs-${String(index)}.test`)
    const script = `${dead.map((ask) => `${ask} >/dev/null 2>&1 &`).join('\n')}
until nslookup -type=a quick.test; do :; done; kill $(jobs -p) 2>/dev/null; exit 0`
    const output = await fixture.docker.run('run', '--rm', busybox, 'sh', '-c', script)
    expect(output).toContain('192.0.2.8')
    release()
  })

  it('resolves the address of the host to the name host.docker.internal', async () => {
    for (const network of ['bridge', 'host']) {
      const output = await fixture.docker.run(
        'run',
        '--rm',
        '--network',
        network,
        busybox,
        'nslookup',
        '10.0.2.2',
      )
      expect(output).toContain('host.docker.internal')
    }
  })

  it('lets containers and builds reach the host’s loopback by name', async () => {
    const server = createServer((_request, response) => response.end('hello from the host')).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { docker } = fixture
    await docker.run('network', 'create', 'hosts')
    const folder = await mkdtemp(join(tmpdir(), 'berth-dns-'))
    try {
      const names = ['host.docker.internal', 'gateway.docker.internal']
      const ask = names.map((name) => `wget -q -O - http://${name}:${String(port)}/`).join(' && ')
      const twice = 'hello from the hosthello from the host'
      for (const network of ['bridge', 'hosts', 'host']) {
        const answers = await docker.run('run', '--rm', '--network', network, busybox, 'sh', '-c', ask)
        expect({ network, answers }).toEqual({ network, answers: twice })
      }
      await writeFile(join(folder, 'Dockerfile'), `FROM ${busybox}\nRUN ${ask}\n`)
      expect(await docker.run('build', '--no-cache', folder)).toContain(twice)
    } finally {
      server.close()
      await docker.run('network', 'rm', 'hosts')
      await rm(folder, { recursive: true })
    }
  })

  it('lets containers reach a host server that listens only on ::1, and refuses connections to a closed port', async () => {
    const server = createServer((_request, response) => response.end('hello from ::1')).listen(0, '::1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const ask = `wget -q -O - http://host.docker.internal:${String(port)}/ 2>&1`
    const run = (network: string) =>
      fixture.docker.run('run', '--rm', '--network', network, busybox, 'sh', '-c', `${ask} || true`)
    for (const network of ['bridge', 'host']) expect(await run(network)).toBe('hello from ::1')
    server.close()
    await once(server, 'close')
    for (const network of ['bridge', 'host']) expect(await run(network)).toContain('Connection refused')
  })

  it('is reported as bypassing Berth’s name server when the firewall rules are missing', async () => {
    const { link } = fixture.machine
    const check = async () => {
      const { finding } = await dnsCheck.run(contextOf({ link }), new AbortController().signal)
      return finding
    }
    expect(await check()).not.toBe('dns.bypassed')
    await link.exec('iptables -w -t nat -F BERTH-DNS')
    expect(await check()).toBe('dns.bypassed')
  })

  it('restores missing firewall rules', async () => {
    await dns.serve(fixture.machine.link)
    const { stdout } = await fixture.machine.link.exec('iptables -w -t nat -S | grep -c BERTH-DNS')
    // One line for the chain, two for its rules, and two for the jumps from the other two chains.
    expect(stdout).toBe('5\n')
  })
})
