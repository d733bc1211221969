import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  lsofOwner,
  netstatPid,
  PortOwners,
  procNetInodes,
  tasklistName,
  unknownOwner,
} from '../../../../src/main/ports/port-owner'
import type { Protocol } from '../../../../src/shared/ports'

const procNetTcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 51234 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1388 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 51240 1 0000000000000000 20 4 30 10 -1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 40011 1 0000000000000000 100 0 0 10 0
   3: 0100007F:1389 0100007F:C002 06 00000000:00000000 03:00000FFF 00000000     0        0 0 3 0000000000000000
`
const procNetTcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1388 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 60001 1 0000000000000000 100 0 0 10 0
`
const procNetUdp = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1234: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   104        0 23001 2 0000000000000000 0
`

describe('procNetInodes', () => {
  it('finds the listening socket, but not its accepted connections', () => {
    expect(procNetInodes(procNetTcp, 5000, 'tcp')).toEqual(['51234'])
    expect(procNetInodes(procNetTcp6, 5000, 'tcp')).toEqual(['60001'])
  })

  it('finds a bound UDP socket', () => {
    expect(procNetInodes(procNetUdp, 5353, 'udp')).toEqual(['23001'])
  })

  it('finds nothing if no process listens', () => {
    expect(procNetInodes(procNetTcp, 5001, 'tcp')).toEqual([])
    expect(procNetInodes('', 5000, 'tcp')).toEqual([])
  })
})

describe('lsofOwner', () => {
  it('reads the id and the command of the process', () => {
    expect(lsofOwner('p612\ncControlCenter\nf10\n')).toEqual({ pid: 612, name: 'ControlCenter' })
    expect(lsofOwner('')).toBeUndefined()
  })
})

const netstat = [
  '',
  'Active Connections',
  '',
  '  Proto  Local Address          Foreign Address        State           PID',
  '  TCP    127.0.0.1:50000        127.0.0.1:5000         ESTABLISHED     77',
  '  TCP    127.0.0.1:5000         127.0.0.1:50000        ESTABLISHED     4812',
  '  TCP    0.0.0.0:5000           0.0.0.0:0              ABHÖREN         4812',
  '  TCP    [::]:8080              [::]:0                 LISTENING       4',
].join('\r\n')

describe('netstatPid', () => {
  it('finds the listener on IPv4 and IPv6, in any display language of Windows', () => {
    expect(netstatPid(netstat, 5000)).toBe(4812)
    expect(netstatPid(netstat, 8080)).toBe(4)
    expect(netstatPid(netstat, 80)).toBeUndefined()
  })

  it('reads UDP lines, which have no state', () => {
    expect(
      netstatPid('  UDP    0.0.0.0:5353           *:*                                    1900\r\n', 5353),
    ).toBe(1900)
  })
})

const on = (hostPort: number, protocol: Protocol) => ({ protocol, hostPort, hostAddress: '0.0.0.0' })

describe('tasklistName', () => {
  it('reads the program’s name', () => {
    expect(tasklistName('"node.exe","4812","Console","1","45,012 K"\r\n')).toBe('node.exe')
    expect(tasklistName('INFO: No tasks are running which match the specified criteria.\r\n')).toBeUndefined()
  })
})

describe.runIf(process.platform === 'linux')('PortOwners', () => {
  it('names the process that listens on a TCP port', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    expect(await new PortOwners().of(on(port, 'tcp'))).toMatch(
      new RegExp(`^.+ \\(process ${String(process.pid)}\\)$`),
    )
    server.close()
  })

  it('names the process that has a UDP port', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    expect(await new PortOwners().of(on(socket.address().port, 'udp'))).toContain(
      `(process ${String(process.pid)})`,
    )
    socket.close()
  })

  it('returns “another program” for an unknown owner', async () => {
    expect(await new PortOwners().of(on(1, 'tcp'))).toBe(unknownOwner)
    expect(await new PortOwners().of(on(5000, 'sctp'))).toBe(unknownOwner)
    expect(await new PortOwners('aix').of(on(5000, 'tcp'))).toBe(unknownOwner)
  })
})
