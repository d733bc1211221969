import { PassThrough, type Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import type { Forward, HostForward } from '../../../../src/main/qemu/host-forward'
import { openUdpBridge, type UdpBridge } from '../../../../src/main/ports/udp-bridge'
import { BerthError } from '../../../../src/shared/errors'

/** A machine whose bridges print the ports 1001, 1002 and so on. */
class FakeGuest implements HostForward {
  readonly bridges: PassThrough[] = []
  readonly commands: string[] = []
  readonly forwards = new Set<string>()
  failures: BerthError[] = []

  openCommand(command: string): Promise<Duplex> {
    this.commands.push(command)
    const stream = new PassThrough()
    stream.write = () => true
    this.bridges.push(stream)
    stream.push(`${String(1000 + this.bridges.length)}\n`)
    return Promise.resolve(stream)
  }

  add(forward: Forward): Promise<void> {
    const failure = this.failures.pop()
    if (failure !== undefined) return Promise.reject(failure)
    this.forwards.add(line(forward))
    return Promise.resolve()
  }

  remove({ hostPort }: Forward): Promise<void> {
    for (const each of this.forwards) if (each.startsWith(`${String(hostPort)} `)) this.forwards.delete(each)
    return Promise.resolve()
  }
}

function line({ protocol, hostAddress, hostPort, guestPort }: Forward): string {
  return `${String(hostPort)} ${protocol} ${hostAddress} ${String(guestPort)}`
}

describe('a bridge to an IPv6 address of the machine', () => {
  let guest: FakeGuest
  let bridge: UdpBridge | undefined
  const open = async () => {
    bridge = await openUdpBridge({
      hostForward: guest,
      link: guest,
      guestAddress: '::1',
      guestPort: 53,
      pause: 1,
    })
    return bridge
  }
  afterEach(async () => {
    await bridge?.close()
    bridge = undefined
  })

  it('forwards a loopback port to a process in the machine, until the bridge is closed', async () => {
    guest = new FakeGuest()
    const opened = await open()
    expect(guest.commands).toEqual(['/usr/lib/berth/ipv6-bridge udp ::1 53'])
    expect([...guest.forwards]).toEqual([`${String(opened.loopbackPort)} udp 127.0.0.1 1001`])
    await opened.close()
    expect([...guest.forwards]).toEqual([])
    expect(guest.bridges.map(({ destroyed }) => destroyed)).toEqual([true])
  })

  it('restarts after the link was lost, on the same loopback port', async () => {
    guest = new FakeGuest()
    const { loopbackPort } = await open()
    guest.bridges[0]?.destroy(new Error('lost'))
    await expect.poll(() => [...guest.forwards]).toEqual([`${String(loopbackPort)} udp 127.0.0.1 1002`])
  })

  it('tries another port if a program has taken the first port, and cleans up if no port opens', async () => {
    guest = new FakeGuest()
    const taken = { port: 1, protocol: 'udp', address: '127.0.0.1', owner: '?' } as const
    guest.failures = [new BerthError('port.taken', taken)]
    await open()
    expect(guest.forwards.size).toBe(1)
    await bridge?.close()
    guest.failures = [new BerthError('machine.not-running')]
    await expect(open()).rejects.toMatchObject({ code: 'machine.not-running' })
    expect(guest.bridges.every(({ destroyed }) => destroyed)).toBe(true)
  })
})
