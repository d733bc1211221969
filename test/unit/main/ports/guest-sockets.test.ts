import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  ipv6OnlyCommand,
  mayBeClient,
  parseOwners,
  parseSockets,
  socketBindings,
  watchSocketsCommand,
  type GuestSocket,
} from '../../../../src/main/ports/guest-sockets'

const socket = (address: string, port: number, protocol: 'tcp' | 'udp' = 'tcp'): GuestSocket => ({
  protocol,
  address,
  port,
  inode: '7',
})

describe('the machine’s sockets', () => {
  it('are parsed from the machine’s output', () => {
    expect(parseSockets('tcp 00000000:1F90 1265\nudp 0100007F:0035 99\n')).toEqual([
      { protocol: 'tcp', address: '00000000', port: 8080, inode: '1265' },
      { protocol: 'udp', address: '0100007F', port: 53, inode: '99' },
    ])
    expect(parseSockets('')).toEqual([])
    expect(parseOwners('abc 1265\nabc 99\ndef 3\n')).toEqual(
      new Map([
        ['1265', 'abc'],
        ['99', 'abc'],
        ['3', 'def'],
      ]),
    )
  })

  /** `HOST-ADDRESS PORT/PROTOCOL` of each binding. */
  const bindings = (sockets: GuestSocket[], ipv6Only: string[] = []) =>
    socketBindings(sockets, new Set(ipv6Only)).map(
      ({ hostIp, hostPort, protocol }) => `${hostIp} ${String(hostPort)}/${protocol}`,
    )
  const [any, any6, mapped] = ['00000000', '0'.repeat(32), '0000000000000000FFFF0000']
  const [loopback, loopback6] = ['0100007F', '00000000000000000000000001000000']

  it.each(['tcp', 'udp'] as const)(
    'over %s get bindings for the host addresses that reach them',
    (protocol) => {
      const at = (...addresses: string[]) => addresses.map((address) => socket(address, 8080, protocol))
      const key = `8080/${protocol}`
      for (const address of [any, any6, '0F02000A', `${mapped}00000000`, `${mapped}0F02000A`])
        expect(bindings(at(address))).toEqual([` ${key}`])
      for (const address of [loopback, mapped + loopback])
        expect(bindings(at(address))).toEqual([`127.0.0.1 ${key}`])
      expect(bindings(at('0500007F'))).toEqual([`127.0.0.5 ${key}`])
      expect(bindings(at(loopback6))).toEqual([`::1 ${key}`])
      expect(bindings(at(any6), [`${protocol} 8080`])).toEqual([`::1 ${key}`])
      for (const address of ['010011AC', `${mapped}010011AC`, '0DF0010200000000FF00000000000000'])
        expect(bindings(at(address))).toEqual([])
    },
  )

  it('on the same port get one binding each, or a single binding if one socket serves all addresses', () => {
    const at = (...addresses: string[]) => addresses.map((address) => socket(address, 80))
    expect(bindings(at(loopback, loopback6))).toEqual(['127.0.0.1 80/tcp', '::1 80/tcp'])
    expect(bindings(at(loopback, any6), ['tcp 80'])).toEqual(['127.0.0.1 80/tcp', '::1 80/tcp'])
    expect(bindings(at(any, any6), ['tcp 80'])).toEqual([' 80/tcp'])
    expect(bindings([socket(any, 80), socket(loopback6, 80, 'udp')])).toEqual([' 80/tcp', '::1 80/udp'])
  })

  it('may belong to clients only if they use UDP on a port that the machine’s Linux assigns to clients', () => {
    expect([16_384, 32_767].map((port) => mayBeClient(socket(any, port, 'udp')))).toEqual([true, true])
    expect([5353, 16_383, 32_768, 60_000].some((port) => mayBeClient(socket(any, port, 'udp')))).toBe(false)
    expect(mayBeClient(socket(any, 20_000))).toBe(false)
    const [, first, last] =
      /ip_local_port_range = (\d+) (\d+)/.exec(readFileSync('vm-assets/rootfs/etc/sysctl.conf', 'utf8')) ?? []
    expect([first, last]).toEqual(['16384', '32767'])
  })

  it('on the address :: are passed, in one group for each protocol, to a command that finds IPv6-only sockets', () => {
    const command = ipv6OnlyCommand([socket(any6, 80), socket(any6, 53, 'udp'), socket(any6, 81)])
    expect(command).toContain('free tcp 80 81')
    expect(command).toContain('free udp 53')
    expect(ipv6OnlyCommand([socket(any6, 80)])).not.toContain('udp')
  })

  it.runIf(process.platform === 'linux')('are printed again only if they have changed', () => {
    // The sockets of this computer may change during the test.
    const folder = mkdtempSync(join(tmpdir(), 'berth-sockets-'))
    for (const name of ['tcp', 'tcp6', 'udp', 'udp6']) copyFileSync(`/proc/net/${name}`, join(folder, name))
    const command = watchSocketsCommand.replaceAll('/proc/net', folder)
    const output = execFileSync('sh', ['-c', command], { input: '\n\n\n', encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    expect(output.match(/^\.$/gm)).toHaveLength(1)
  })
})
