import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type HostPortRange, PortRanges } from '../../../../src/main/ports/port-ranges'
import { binding, container } from './support'

const first = 28_400

describe('a range of ports', () => {
  const servers: Server[] = []

  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  async function occupy(...ports: number[]): Promise<void> {
    for (const port of ports) {
      const server = createServer().listen(port, '127.0.0.1')
      await once(server, 'listening')
      servers.push(server)
    }
  }
  function range(length: number): HostPortRange {
    return { hostIp: '', first, last: first + length - 1, protocol: 'tcp' }
  }

  it('is left to the engine if no other program has one of its ports', async () => {
    expect(await new PortRanges(() => false).choose(range(8))).toBeUndefined()
  })

  it('is replaced by its first free port, if possible one that no container has and that was not promised', async () => {
    await occupy(first, first + 2)
    const ranges = new PortRanges(({ hostPort }) => hostPort === first + 1)
    const stopped = container('stopped', [binding(first + 3)], 'exited')
    ranges.sync([stopped])
    expect(await ranges.choose(range(6))).toBe(first + 4)
    expect(await ranges.choose(range(6))).toBe(first + 5)
    ranges.sync([stopped, container('web', [binding(first + 4)])])
    expect(await ranges.choose(range(6))).toBe(first + 5)
  })

  it('is checked separately for each protocol', async () => {
    await occupy(first)
    expect(await new PortRanges(() => false).choose({ ...range(2), protocol: 'udp' })).toBeUndefined()
  })

  it('may contain ports that Berth itself has open, because the engine knows these ports', async () => {
    await occupy(first, first + 1)
    expect(await new PortRanges(() => true).choose(range(2))).toBeUndefined()
  })

  it('has a part for several containers: the longest one without a port of another program', async () => {
    const ranges = new PortRanges(() => false)
    expect(await ranges.freePart(range(8))).toBeUndefined()
    await occupy(first + 1, first + 6)
    expect(await ranges.freePart(range(8))).toEqual({ first: first + 2, last: first + 5 })
    await expect(ranges.freePart({ ...range(1), first: first + 1, last: first + 1 })).rejects.toMatchObject({
      code: 'port.range-taken',
    })
  })

  it('is refused if other programs have all its ports, and the error names one program', async () => {
    await occupy(first, first + 1)
    await expect(new PortRanges(() => false).choose(range(2))).rejects.toMatchObject({
      code: 'port.range-taken',
      params: { first, last: first + 1, owner: expect.stringContaining(String(process.pid)) as string },
    })
  })
})
