import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MachineDns } from '../../src/main/network/machine-dns'
import { busybox, EngineFixture } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'

/** What only this host knows. */
function lookUp(name: string, family: 4 | 6): Promise<string[]> {
  if (name === 'only-here.test' && family === 4) return Promise.resolve(['192.0.2.7'])
  return Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
}

describe('names', () => {
  let fixture: EngineFixture
  const dns = new MachineDns({ log: silentLog, servers: () => [], lookUp })

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    await dns.serve(fixture.machine.link)
  })
  afterAll(async () => {
    await fixture.machine.link.exec('iptables -w -t nat -F BERTH-DNS')
    await dns.close()
    await fixture.close()
  })

  it('that only the host knows resolve in a container, whatever its network', async () => {
    await fixture.docker.run('network', 'create', 'names')
    for (const network of ['bridge', 'names']) {
      const output = await fixture.docker.run(
        ...['run', '--rm', '--network', network, busybox, 'nslookup', '-type=a', 'only-here.test'],
      )
      expect(output).toContain('192.0.2.7')
    }
    await fixture.docker.run('network', 'rm', 'names')
  })

  it('of the host lead to its loopback', async () => {
    const server = createServer((_request, response) => response.end('hello from the host')).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const url = `http://host.docker.internal:${String(port)}/`
    expect(await fixture.docker.run('run', '--rm', busybox, 'wget', '-q', '-O', '-', url)).toBe(
      'hello from the host',
    )
    server.close()
  })

  it('are served again after the rules were set once more', async () => {
    await dns.serve(fixture.machine.link)
    const { stdout } = await fixture.machine.link.exec('iptables -w -t nat -S | grep -c BERTH-DNS')
    // The chain, its two rules, and one jump from each of the two chains.
    expect(stdout).toBe('5\n')
  })
})
