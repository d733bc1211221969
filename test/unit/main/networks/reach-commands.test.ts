import { describe, expect, it } from 'vitest'
import {
  connectCommand,
  connectOutcome,
  lookupCommand,
  nameFilesCommand,
  parseListening,
  parseLookup,
  parseNameFiles,
} from '../../../../src/main/networks/reach-commands'

describe('commands', () => {
  it('quote every argument', () => {
    expect(lookupCommand(7, "a'; reboot", '127.0.0.11')).toBe(
      `'nsenter' '-t' '7' '-n' 'timeout' '5' 'nslookup' 'a'\\''; reboot' '127.0.0.11'`,
    )
    expect(nameFilesCommand({ hosts: '/a b/hosts', resolv: '/r' })).toContain(`'/a b/hosts'`)
  })

  it('ping IPv6 addresses with ping6', () => {
    expect(connectCommand(7, 'fd00::5', null)).toContain(`'ping6'`)
    expect(connectCommand(7, '10.0.0.5', null)).toContain(`'ping'`)
    expect(connectCommand(7, '10.0.0.5', 80)).toContain(`'10.0.0.5' '80' '-e' 'true'`)
  })
})

describe('parseNameFiles', () => {
  it('reads names, name servers and search domains, and drops comments and nonsense', () => {
    const hosts = '127.0.0.1\tlocalhost\n172.30.5.2 Web web.local # mine\n172.30.5.3 web\nnonsense web\n'
    const resolv = 'nameserver 127.0.0.11\nsearch corp.example -x\noptions ndots:0\n; nameserver 9.9.9.9\n'
    const files = parseNameFiles(`${hosts}\u001e${resolv}`)
    expect(files.hosts.get('web')).toEqual(['172.30.5.2', '172.30.5.3'])
    expect(files.nameServers).toEqual(['127.0.0.11'])
    expect(files.searchDomains).toEqual(['corp.example'])
  })
})

describe('parseLookup', () => {
  const server = 'Server:\t\t127.0.0.11\nAddress:\t127.0.0.11:53\n\n'

  it('returns the addresses of the answer, IPv4 first', () => {
    const stdout = `${server}Non-authoritative answer:\nName:\tweb\nAddress: fd00::5\n\nName:\tweb\nAddress: 172.30.5.3\n`
    expect(parseLookup({ code: 0, stdout, stderr: '' })).toEqual({
      outcome: 'found',
      addresses: ['172.30.5.3', 'fd00::5'],
    })
  })

  it('tells a missing name from a server that does not answer', () => {
    const missing = { code: 1, stdout: `${server}** server can't find x: NXDOMAIN\n`, stderr: '' }
    expect(parseLookup(missing).outcome).toBe('not-found')
    const silent = { code: 143, stdout: '', stderr: ';; connection timed out; no servers could be reached\n' }
    expect(parseLookup(silent).outcome).toBe('no-answer')
  })
})

describe('connectOutcome', () => {
  it.each([
    [0, '', 'reached'],
    [1, "nc: can't connect to remote host (10.0.0.5): Connection refused", 'refused'],
    [1, "nc: can't connect to remote host (10.0.0.5): No route to host", 'unreachable'],
    [1, 'ping: sendto: Network is unreachable', 'unreachable'],
    [1, 'nc: timed out', 'timeout'],
  ])('reads code %i and “%s” as %s', (code, stderr, outcome) => {
    expect(connectOutcome({ code, stderr })).toBe(outcome)
  })
})

describe('parseListening', () => {
  it('reads the listening sockets of both families, and skips the others', () => {
    const header =
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
    const line = (local: string, state: string) =>
      `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00\n`
    const output = [
      header,
      line('0100007F:0050', '0A'),
      line('00000000:1F90', '0A'),
      line('0205A8C0:0016', '01'),
      header,
      line('00000000000000000000000001000000:0051', '0A'),
      line('00000000000000000000000000000000:0052', '0A'),
      line('0000000000000000FFFF00000100007F:0053', '0A'),
      line('000000FD000000000000000005000000:0054', '0A'),
    ].join('')
    expect(parseListening(output)).toEqual([
      { address: '127.0.0.1', port: 80 },
      { address: '0.0.0.0', port: 8080 },
      { address: '::1', port: 81 },
      { address: '::', port: 82 },
      { address: '127.0.0.1', port: 83 },
      { address: 'fd00:0:0:0:0:0:0:5', port: 84 },
    ])
  })
})
