import { describe, expect, it } from 'vitest'
import { confirmMounts, reconnectMounts } from '../../../../src/main/qemu/mounts-port'

/** QEMU's control connection, and the commands that it received. */
function control(filename: string) {
  const asked: unknown[] = []
  return {
    asked,
    execute: (command: string, args?: Record<string, unknown>) => {
      asked.push([command, args])
      return Promise.resolve([
        { label: 'qmp', filename: 'tcp:127.0.0.1:1 <-> 127.0.0.1:2' },
        { label: 'mounts', filename },
      ])
    },
  }
}

function host(platform: NodeJS.Platform) {
  const confirmed: number[] = []
  const mountsPort = {
    listen: () => Promise.resolve({ port: 0 }),
    confirm: (port: number) => confirmed.push(port),
  }
  return { confirmed, platform, mountsPort }
}

describe('the connection of shared folders', () => {
  it('is confirmed only on Windows, where another program can connect, and the port of QEMU’s end identifies it', async () => {
    const windows = host('win32')
    await confirmMounts(control('tcp:127.0.0.1:51001 <-> 127.0.0.1:40003'), windows)
    await confirmMounts(control('disconnected:tcp:127.0.0.1:40003,server=off'), windows)
    expect(windows.confirmed).toEqual([51001, 0])
    const linux = host('linux')
    const qmp = control('unix:')
    await confirmMounts(qmp, linux)
    expect([qmp.asked, linux.confirmed]).toEqual([[], []])
  })

  it('is reopened to a unix socket, or is reopened to a TCP port and then confirmed', async () => {
    const linux = control('')
    await reconnectMounts(linux, { path: '/tmp/x' }, host('linux'))
    const unix = { type: 'unix', data: { path: '/tmp/x' } }
    expect(linux.asked).toEqual([
      ['chardev-change', { id: 'mounts', backend: { type: 'socket', data: { addr: unix, server: false } } }],
    ])
    const windows = host('win32')
    await reconnectMounts(control('tcp:127.0.0.1:51002 <-> 127.0.0.1:40004'), { port: 40004 }, windows)
    expect(windows.confirmed).toEqual([51002])
    await expect(reconnectMounts(undefined, { port: 1 }, windows)).rejects.toMatchObject({
      code: 'machine.not-running',
    })
  })
})
