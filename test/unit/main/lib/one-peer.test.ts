import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listenForOnePeer, type PeerAddress } from '../../../../src/main/lib/one-peer'

const sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  vi.unstubAllEnvs()
})

function pathOf(address: PeerAddress): string {
  if (!('path' in address)) throw new Error('a port')
  return address.path
}

describe.each(['linux', 'win32'] as const)('the listener for one peer on %s', (platform) => {
  it('accepts one connection and refuses a second one', async () => {
    const { address, peer } = await listenForOnePeer(platform)
    const first = connect({ ...address })
    sockets.push(first, await peer)
    const second = connect({ ...address })
    const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe(platform === 'win32' ? 'ECONNREFUSED' : 'ENOENT')
  })

  it('rejects when it is closed before a peer has connected', async () => {
    const { peer, close } = await listenForOnePeer(platform)
    close()
    await expect(peer).rejects.toThrow('nobody connected')
  })
})

describe.skipIf(process.platform === 'win32')('the unix socket for one peer', () => {
  it('is in a folder that no other user can enter, and the folder is removed after use', async () => {
    for (const end of ['connected', 'closed']) {
      const { address, peer, close } = await listenForOnePeer('linux')
      const path = pathOf(address)
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
      if (end === 'closed') close()
      else sockets.push(connect(path), await peer)
      await expect.poll(() => existsSync(dirname(path))).toBe(false)
    }
  })

  it('has a path that is short enough for every system, no matter where temporary files are', async () => {
    vi.stubEnv('TMPDIR', `${tmpdir()}/${'long/'.repeat(20)}`)
    const { address, close } = await listenForOnePeer('darwin')
    expect(pathOf(address)).toMatch(/^\/tmp\/berth-/)
    close()
  })
})
