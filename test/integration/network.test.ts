import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'

const mebibytes = 8

describe("the machine's network", () => {
  let fixture: EngineFixture

  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterEach(() => fixture.clear())
  afterAll(() => fixture.close())

  async function packetsSent(): Promise<number> {
    const { stdout } = await fixture.machine.link.exec('cat /sys/class/net/eth0/statistics/tx_packets')
    return Number(stdout)
  }

  it('carries the data of a published port in few, large packets', async () => {
    const hostPort = await freePort()
    const serve = `mkdir /www && dd if=/dev/zero of=/www/blob bs=1M count=${String(mebibytes)} && exec httpd -f -p 8080 -h /www`
    await fixture.run({
      command: ['sh', '-c', serve],
      ports: [{ hostIp: '', hostPort, containerPort: 8080, protocol: 'tcp' }],
    })
    const download = async () => {
      const answer = await fetch(`http://127.0.0.1:${String(hostPort)}/blob`)
      return (await answer.arrayBuffer()).byteLength
    }
    await eventually(() => download().catch(String)).toBe(mebibytes << 20)
    const before = await packetsSent()
    expect(await download()).toBe(mebibytes << 20)
    // Segments of 1460 bytes would make 5746 packets.
    expect((await packetsSent()) - before).toBeLessThan(1500)
  })

  it('gives user-defined networks the same MTU as the default network', async () => {
    const { docker } = fixture
    await docker.run('network', 'create', 'large')
    try {
      const mtu = (...network: string[]) =>
        docker.run('run', '--rm', ...network, busybox, 'cat', '/sys/class/net/eth0/mtu')
      expect(await mtu()).toBe(await mtu('--network', 'large'))
    } finally {
      await docker.run('network', 'rm', 'large')
    }
  })
})
