import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { bind, freePort, listen } from '../../../../src/main/lib/net'

const host = '127.0.0.1'
const opened: Server[] = []

afterEach(() => {
  for (const each of opened.splice(0)) each.close()
})

function server(): Server {
  const created = createServer()
  opened.push(created)
  return created
}

describe('listening', () => {
  it('resolves with the port number', async () => {
    const listener = server()
    const port = await listen(listener, { port: 0, host })
    expect(listener.address()).toMatchObject({ port })
    await expect(listen(server(), { port, host })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it.skipIf(process.platform === 'win32')('is possible on a path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-net-'))
    expect(await listen(server(), { path: join(folder, 'socket') })).toBe(0)
    rmSync(folder, { recursive: true })
  })

  it('is possible on the port that `freePort` returns', async () => {
    const port = await freePort()
    expect(await listen(server(), { port, host })).toBe(port)
  })

  it('is possible for datagrams', async () => {
    const [first, second] = [createSocket('udp4'), createSocket('udp4')]
    const port = await bind(first, { port: 0, address: host })
    expect(port).toBe(first.address().port)
    await expect(bind(second, { port, address: host })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    first.close()
    second.close()
  })
})
