import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import {
  parseOwners,
  parseSockets,
  socketBinding,
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

  it('are reached over the network card, or through SSH if only the machine itself reaches them', () => {
    const ipv6Any = '0'.repeat(32)
    const ipv6Loopback = '00000000000000000000000001000000'
    expect(socketBinding(socket('00000000', 8080))).toEqual({
      hostIp: '',
      hostPort: 8080,
      containerPort: 8080,
      protocol: 'tcp',
    })
    expect(socketBinding(socket(ipv6Any, 8080))?.hostIp).toBe('')
    expect(socketBinding(socket('0F02000A', 8080))?.hostIp).toBe('')
    expect(socketBinding(socket('0100007F', 8080))?.hostIp).toBe('127.0.0.1')
    expect(socketBinding(socket(ipv6Loopback, 8080))?.hostIp).toBe('::1')
    expect(socketBinding(socket('010011AC', 8080))).toBeUndefined()
  })

  it('of a UDP client, or of UDP on the machine’s own loopback, are not ports', () => {
    expect(socketBinding(socket('00000000', 5353, 'udp'))?.hostPort).toBe(5353)
    expect(socketBinding(socket('00000000', 40_000, 'udp'))).toBeUndefined()
    expect(socketBinding(socket('0100007F', 5353, 'udp'))).toBeUndefined()
  })

  it.runIf(process.platform === 'linux')('are printed once until they change', () => {
    const output = execFileSync('sh', ['-c', watchSocketsCommand], { input: '\n\n\n', encoding: 'utf8' })
    expect(output.match(/^\.$/gm)).toHaveLength(1)
  })
})
