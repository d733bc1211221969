import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import { theMachine, type MachineFixture } from '../support/machine-fixture'
import { qemuPid } from '../support/qemu-record'

let fixture: MachineFixture
beforeAll(async () => {
  fixture = await theMachine()
})

/** Returns the first data from the other side, or the code of the error that ended the connection. */
async function firstWords(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    const [data] = (await once(socket, 'data')) as [Buffer]
    return data.toString()
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'closed'
  } finally {
    socket.destroy()
  }
}

describe('a running machine', () => {
  it('has started in named and timed steps', () => {
    const { state } = fixture.machine
    expect(state.phase).toBe('running')
    expect(state.failure).toBeUndefined()
    expect(state.steps.map(({ name }) => name)).toEqual(['image', 'disk', 'boot', 'connect', 'engine'])
    for (const step of state.steps) expect(step.endedAt).toBeGreaterThanOrEqual(step.startedAt)
  })

  it('runs on an accelerator that works, and reports why faster accelerators were rejected', () => {
    const { accelerator } = fixture.machine.state
    expect(accelerator?.name).toMatch(/^(hvf|whpx|kvm|tcg)$/)
    if (accelerator?.name === 'tcg') {
      expect(accelerator.rejected.map(({ name }) => name)).not.toContain('tcg')
      expect(accelerator.rejected.length).toBeGreaterThan(0)
      for (const { reason } of accelerator.rejected) expect(reason).not.toBe('')
    }
  })

  it('keeps its console output, in memory and on disk', async () => {
    expect(fixture.machine.consoleTail(100).join('\n')).toContain('berth: stage dockerd')
    const log = await readFile(join(fixture.paths.logs, 'console.log'), 'utf8')
    expect(log).toContain('berth: stage init')
  })

  it('does not write zeros to its new disk in the background', async () => {
    const dump = `dumpe2fs $(awk '$2 == "/var/lib/docker" { print $1 }' /proc/mounts) 2>&1 | grep '^Group [0-9]'`
    const groups = (await fixture.machine.link.exec(dump)).stdout.trim().split('\n')
    expect(groups.length).toBeGreaterThan(100)
    expect(groups.filter((group) => !group.includes('ITABLE_ZEROED'))).toEqual([])
  })

  it('keeps its SSH host key out of QEMU’s arguments and the log, in a file that only this user can read', async () => {
    const pid = await qemuPid(fixture.paths)
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    const key = await readFile(join(fixture.paths.run, 'ssh_host_ed25519_key'), 'utf8')
    expect(key).toContain('OPENSSH PRIVATE KEY')
    expect(commandLine).not.toContain(key.split('\n')[1])
    expect((await stat(join(fixture.paths.run, 'ssh_host_ed25519_key'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(fixture.paths.logs, 'berth.log'), 'utf8')).not.toContain(key.split('\n')[1])
  })

  it('connects to exactly three sockets of Berth, and their files no longer exist', async () => {
    const pid = await qemuPid(fixture.paths)
    const { args } = JSON.parse(
      (await readFile(join(fixture.paths.logs, 'berth.log'), 'utf8'))
        .split('\n')
        .findLast((line) => line.includes(`"pid":${pid}`)) ?? '{}',
    ) as { args: string[] }
    const sockets = args.flatMap((arg) => /^socket,id=(\w+),path=([^,]+)/.exec(arg)?.slice(1) ?? [])
    expect(sockets.filter((_, index) => index % 2 === 0).sort()).toEqual(['console', 'mounts', 'qmp'])
    expect(sockets.filter((_, index) => index % 2 === 1).filter(existsSync)).toEqual([])
  })

  it('ignores another start', async () => {
    const { since } = fixture.machine.state
    await fixture.machine.start()
    expect(fixture.machine.state.since).toBe(since)
  })
})

describe('a host forward', () => {
  it('leads into the machine until it is removed', async () => {
    const { hostForward } = fixture.machine
    const forward = {
      protocol: 'tcp',
      hostAddress: '127.0.0.1',
      hostPort: await freePort(),
      guestPort: 22,
    } as const
    await hostForward.add(forward)
    expect(await firstWords(forward.hostPort)).toMatch(/^SSH-2\.0-OpenSSH/)
    await hostForward.remove(forward)
    expect(await firstWords(forward.hostPort)).toBe('ECONNREFUSED')
  })

  it('reports that a port is taken, by another program or by QEMU itself', async () => {
    const { hostForward } = fixture.machine
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const forward = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: port, guestPort: 22 } as const
    await expect(hostForward.add(forward)).rejects.toMatchObject({ code: 'port.taken', params: { port } })
    server.close()
    await once(server, 'close')
    await hostForward.add(forward)
    await expect(hostForward.add(forward)).rejects.toMatchObject({ code: 'port.taken' })
    await hostForward.remove(forward)
  })

  it('can be removed even if it does not exist', async () => {
    const forward = {
      protocol: 'udp',
      hostAddress: '127.0.0.1',
      hostPort: await freePort(),
      guestPort: 53,
    } as const
    await expect(fixture.machine.hostForward.remove(forward)).resolves.toBeUndefined()
  })
})
