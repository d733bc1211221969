import { PassThrough, type Duplex } from 'node:stream'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  HostNetworkContainers,
  type HostNetworkContainersOptions,
} from '../../../../src/main/ports/host-network-containers'

type Guest = HostNetworkContainersOptions['link']

/** A machine whose sockets are the test's: `tell` is what its watcher prints. */
class FakeGuest implements Guest {
  readonly watchers: PassThrough[] = []
  readonly asked: string[] = []
  owners = ''

  exec(command: string) {
    this.asked.push(command)
    return Promise.resolve({ code: 0, stdout: this.owners, stderr: '' })
  }

  openCommand(): Promise<Duplex> {
    const stream = new PassThrough()
    // The input of the watcher must not come back as its output.
    stream.write = () => true
    this.watchers.push(stream)
    return Promise.resolve(stream)
  }

  tell(...lines: string[]): void {
    this.watchers.at(-1)?.push([...lines, '.', ''].join('\n'))
  }
}

describe('HostNetworkContainers', () => {
  let guest: FakeGuest
  let hostNetwork: HostNetworkContainers

  beforeEach(() => {
    guest = new FakeGuest()
    hostNetwork = new HostNetworkContainers({ link: guest, log: pino({ level: 'silent' }), pause: 1 })
  })
  afterEach(() => {
    hostNetwork.follow([])
  })

  const ports = () =>
    hostNetwork.ports.map(({ containerId, binding }) => `${containerId} ${String(binding.hostPort)}`)
  const watching = () => expect.poll(() => guest.watchers.length)

  it('runs nothing in the machine while no container is on its network', () => {
    hostNetwork.follow([])
    expect(guest.watchers).toEqual([])
  })

  it('finds the sockets of the containers, and not the machine’s own', async () => {
    hostNetwork.follow(['web', 'db'])
    await watching().toBe(1)
    guest.owners = 'web 10\ndb 11\n'
    guest.tell('tcp 00000000:0016 1', 'tcp 00000000:1F90 10', 'tcp 0100007F:1538 11')
    await expect.poll(ports).toEqual(['web 8080', 'db 5432'])
  })

  it('asks for the owner of a socket once', async () => {
    hostNetwork.follow(['web'])
    await watching().toBe(1)
    guest.owners = 'web 10\n'
    guest.tell('tcp 00000000:0016 1', 'tcp 00000000:1F90 10')
    await expect.poll(ports).toEqual(['web 8080'])
    guest.tell('tcp 00000000:0016 1')
    await expect.poll(ports).toEqual([])
    guest.tell('tcp 00000000:1F90 10', 'tcp 00000000:0016 1')
    await expect.poll(ports).toEqual(['web 8080'])
    expect(guest.asked).toHaveLength(1)
  })

  it('watches again after the connection was lost, and keeps the known ports until then', async () => {
    hostNetwork.follow(['web'])
    await watching().toBe(1)
    guest.owners = 'web 10\n'
    guest.tell('tcp 00000000:1F90 10')
    await expect.poll(ports).toEqual(['web 8080'])
    guest.watchers[0]?.destroy(new Error('lost'))
    await watching().toBe(2)
    expect(ports()).toEqual(['web 8080'])
    guest.owners = 'web 12\n'
    guest.tell('tcp 00000000:1F91 12')
    await expect.poll(ports).toEqual(['web 8081'])
  })

  it('forgets a container that has gone, and ends with the last', async () => {
    hostNetwork.follow(['web'])
    await watching().toBe(1)
    guest.owners = 'web 10\n'
    guest.tell('tcp 00000000:1F90 10')
    await expect.poll(ports).toEqual(['web 8080'])
    hostNetwork.follow([])
    expect(ports()).toEqual([])
    await expect.poll(() => guest.watchers[0]?.destroyed).toBe(true)
  })
})
