import { describe, expect, it } from 'vitest'
import { machineProxy } from '../../../../src/main/network/machine-proxy'

const none = () => Promise.resolve(undefined)
const manual = { mode: 'manual' as const, http: '', https: '', exclude: [] }

describe("the machine's proxy", () => {
  it.each([
    ['http://localhost:3128', 'http://10.0.2.2:3128/'],
    ['http://me:secret@127.0.0.1:3128', 'http://me:secret@10.0.2.2:3128/'],
    ['http://127.1.2.3:3128', 'http://10.0.2.2:3128/'],
    ['http://[::1]:3128', 'http://10.0.2.2:3128/'],
    ['socks5h://localhost:1080', 'socks5h://10.0.2.2:1080'],
    ['http://0.0.0.0:3128', 'http://10.0.2.2:3128/'],
    ['http://localhost.:3128', 'http://10.0.2.2:3128/'],
    ['http://proxy.localhost:3128', 'http://10.0.2.2:3128/'],
    ['http://[::ffff:127.0.0.1]:3128', 'http://10.0.2.2:3128/'],
    ['http://127.0.0.1.example.com:3128', 'http://127.0.0.1.example.com:3128'],
    ['http://localhost.example.com:3128', 'http://localhost.example.com:3128'],
  ])("is reached at the gateway if it is on the host's loopback: %s", async (http, expected) => {
    expect((await machineProxy({ ...manual, http }, none))?.http).toBe(expected)
  })

  it('is never used for the host or the machine itself', async () => {
    const proxy = await machineProxy({ ...manual, https: 'http://proxy:3128', exclude: ['.corp'] }, none)
    expect(proxy).toMatchObject({ http: '', https: 'http://proxy:3128' })
    expect(proxy?.exclude).toEqual(
      expect.arrayContaining(['localhost', '127.0.0.1', '10.0.2.2', 'host.docker.internal', '.corp']),
    )
  })

  it("is the host's own proxy only in mode `system`", async () => {
    const system = () => Promise.resolve({ http: 'http://system:1', https: '', exclude: [] })
    expect(await machineProxy({ ...manual, mode: 'system' }, system)).toMatchObject({
      http: 'http://system:1',
    })
    expect(await machineProxy({ ...manual, mode: 'none', http: 'http://x:1' }, system)).toBeUndefined()
    expect(await machineProxy(manual, system)).toBeUndefined()
  })
})
