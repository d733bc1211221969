import { PassThrough, type Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  HostNetworkContainers,
  type HostNetworkContainersOptions,
} from '../../../../src/main/ports/host-network-containers'

type Guest = HostNetworkContainersOptions['link']

/** A machine whose sockets the test sets: the watcher prints the lines that the test passes to `printSockets`. */
class FakeGuest implements Guest {
  readonly watchers: PassThrough[] = []
  readonly asked: string[] = []
  owners = ''
  ipv6Only = ''

  exec(command: string) {
    if (command.includes('ipv6-bridge free'))
      return Promise.resolve({ code: 0, stdout: this.ipv6Only, stderr: '' })
    this.asked.push(command)
    return Promise.resolve({ code: 0, stdout: this.owners, stderr: '' })
  }

  openCommand(): Promise<Duplex> {
    const stream = new PassThrough()
    // A PassThrough would return the watcher's input as its output.
    stream.write = () => true
    this.watchers.push(stream)
    return Promise.resolve(stream)
  }

  printSockets(...lines: string[]): void {
    this.watchers.at(-1)?.push([...lines, '.', ''].join('\n'))
  }
}

describe('HostNetworkContainers', () => {
  let guest: FakeGuest
  let hostNetwork: HostNetworkContainers

  beforeEach(() => {
    guest = new FakeGuest()
    hostNetwork = new HostNetworkContainers({
      link: guest,
      log: pino({ level: 'silent' }),
      pause: 1,
      clientMs: 100,
    })
  })
  afterEach(() => {
    hostNetwork.follow([])
    vi.useRealTimers()
  })

  const ports = () =>
    hostNetwork.ports.map(({ containerId, binding }) => `${containerId} ${String(binding.hostPort)}`)
  /** Waits until streams and promises have done their work. `expect.poll` would advance the fake clock. */
  const turns = async () => {
    for (let turn = 0; turn < 20; turn += 1) await setImmediate()
  }
  const watching = () => expect.poll(() => guest.watchers.length)

  it('runs nothing in the machine while no container uses the machine’s network', () => {
    hostNetwork.follow([])
    expect(guest.watchers).toEqual([])
  })

  it('finds the sockets of the containers, but not the machine’s own sockets', async () => {
    hostNetwork.follow(['web', 'db'])
    await watching().toBe(1)
    guest.owners = 'web 10\ndb 11\n'
    guest.printSockets('tcp 00000000:0016 1', 'tcp 00000000:1F90 10', 'tcp 0100007F:1538 11')
    await expect.poll(ports).toEqual(['web 8080', 'db 5432'])
  })

  it('asks the machine which sockets on :: receive nothing over IPv4', async () => {
    const any6 = '0'.repeat(32)
    const hosts = () =>
      hostNetwork.ports.map(({ binding }) => `${binding.hostIp} ${String(binding.hostPort)}`)
    hostNetwork.follow(['web'])
    await watching().toBe(1)
    guest.owners = 'web 10\nweb 11\nweb 12\nweb 13\n'
    guest.ipv6Only = 'tcp 80\n'
    // Because an IPv4 socket has port 82, the socket on :: can only receive IPv6.
    guest.printSockets(
      ...[`tcp ${any6}:0050 10`, `tcp ${any6}:0051 11`, `tcp ${any6}:0052 12`, 'tcp 0100007F:0052 13'],
    )
    await expect.poll(hosts).toEqual(['::1 80', ' 81', '127.0.0.1 82', '::1 82'])
  })

  it('does not report a UDP socket that may belong to a client until the socket has been open for some time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    hostNetwork.follow(['game'])
    await turns()
    guest.owners = 'game 10\ngame 11\ngame 12\n'
    // The ports 19132 and 19133 may belong to clients. The ports 53 and 51820 may not.
    guest.printSockets('udp 00000000:4ABC 10', 'udp 00000000:0035 11', 'udp 00000000:CA6C 12')
    await turns()
    expect(ports()).toEqual(['game 53', 'game 51820'])
    guest.owners += 'game 13\n'
    vi.advanceTimersByTime(60)
    guest.printSockets('udp 00000000:4ABC 10', 'udp 00000000:4ABD 13')
    await turns()
    expect(ports()).toEqual([])
    vi.advanceTimersByTime(40)
    expect(ports()).toEqual(['game 19132'])
    guest.printSockets('udp 00000000:4ABC 10')
    await turns()
    vi.advanceTimersByTime(100)
    expect(ports()).toEqual(['game 19132'])
  })

  it('looks up the owner of each socket only once', async () => {
    hostNetwork.follow(['web'])
    await watching().toBe(1)
    guest.owners = 'web 10\n'
    guest.printSockets('tcp 00000000:0016 1', 'tcp 00000000:1F90 10')
    await expect.poll(ports).toEqual(['web 8080'])
    guest.printSockets('tcp 00000000:0016 1')
    await expect.poll(ports).toEqual([])
    guest.printSockets('tcp 00000000:1F90 10', 'tcp 00000000:0016 1')
    await expect.poll(ports).toEqual(['web 8080'])
    expect(guest.asked).toHaveLength(1)
  })

  it('restarts a watcher that lost its connection, and keeps the known ports until the new watcher reports', async () => {
    hostNetwork.follow(['web'])
    await watching().toBe(1)
    guest.owners = 'web 10\n'
    guest.printSockets('tcp 00000000:1F90 10')
    await expect.poll(ports).toEqual(['web 8080'])
    guest.watchers[0]?.destroy(new Error('lost'))
    await watching().toBe(2)
    expect(ports()).toEqual(['web 8080'])
    guest.owners = 'web 12\n'
    guest.printSockets('tcp 00000000:1F91 12')
    await expect.poll(ports).toEqual(['web 8081'])
  })

  it('removes the ports of a stopped container, and stops the watcher when no container is left', async () => {
    hostNetwork.follow(['web'])
    await watching().toBe(1)
    guest.owners = 'web 10\n'
    guest.printSockets('tcp 00000000:1F90 10')
    await expect.poll(ports).toEqual(['web 8080'])
    hostNetwork.follow([])
    expect(ports()).toEqual([])
    await expect.poll(() => guest.watchers[0]?.destroyed).toBe(true)
  })
})
