import { Resolver } from 'node:dns/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { DnsServer } from '../../../../src/main/network/dns-server'
import { MachineDns, type MachineDnsOptions } from '../../../../src/main/network/machine-dns'
import { silentLog } from '../../../support/fake-services'

let dns: MachineDns | undefined
afterEach(() => dns?.close())

function machineDns(options: Partial<MachineDnsOptions> = {}): MachineDns {
  dns = new MachineDns({ log: silentLog, servers: () => [], ...options })
  return dns
}
/** A link to a machine that accepts the iptables rules, or fails with `stderr`. `port` is the port in the rules. */
function machine(stderr = '') {
  const link = {
    port: 0,
    exec: (_command: string, options: { input?: string | Buffer } = {}) => {
      link.port = Number(/10\.0\.2\.2:(\d+)/.exec(String(options.input))?.[1])
      return Promise.resolve({ code: stderr === '' ? 0 : 1, stdout: '', stderr })
    },
  }
  return link
}

describe('the machine’s name server', () => {
  it('reports why the redirection failed, until a later redirection succeeds', async () => {
    const names = machineDns()
    const served = names.serve(machine('iptables: no chain by that name\n'))
    await expect(served).rejects.toMatchObject({ code: 'dns.not-served' })
    expect(names.problem?.params).toEqual({ reason: 'iptables: no chain by that name' })
    void names.serve(machine())
    await names.settled()
    expect(names.problem).toBeUndefined()
  })

  it('tries to listen again after a failure', async () => {
    const failures = [new Error('no port is free')]
    const names = machineDns({
      listen: (...args) => {
        const failure = failures.pop()
        return failure === undefined ? DnsServer.listen(...args) : Promise.reject(failure)
      },
    })
    const link = machine()
    await expect(names.serve(link)).rejects.toMatchObject({ params: { reason: 'no port is free' } })
    await names.serve(link)
    expect(link.port).toBeGreaterThan(0)
    expect(names.problem).toBeUndefined()
  })

  it('still answers if more lookups hang than the host can run simultaneously', async () => {
    const names = machineDns({
      lookUp: () => new Promise(() => undefined),
      fallback: (name) =>
        name === 'good.test' ? Promise.resolve(['192.0.2.7']) : Promise.reject(new Error('no such name')),
    })
    const link = machine()
    await names.serve(link)
    const resolver = new Resolver({ timeout: 20_000, tries: 1 })
    resolver.setServers([`127.0.0.1:${String(link.port)}`])
    const dead = Array.from({ length: 30 }, (_, index) => resolver.resolve4(`dead-${String(index)}.test`))
    const ended = Promise.allSettled(dead)
    expect(await resolver.resolve4('good.test')).toEqual(['192.0.2.7'])
    resolver.cancel()
    await ended
  })
})
