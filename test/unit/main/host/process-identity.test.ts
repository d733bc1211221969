import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { isRunning, processIdentity } from '../../../../src/main/host/process-identity'

describe('the identity of a process', () => {
  it.each(['linux', 'freebsd'] as const)('is the same each time (on %s)', async (platform) => {
    const identity = await processIdentity(process.pid, platform)
    expect(identity?.command).toContain('node')
    expect(await processIdentity(process.pid, platform)).toEqual(identity)
  })

  it('counts as running only until the process ends', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const identity = await processIdentity(child.pid ?? 0)
    if (!identity) throw new Error('the child is running')
    expect(await isRunning(identity)).toBe(true)
    expect(await isRunning({ ...identity, startedAt: 'another time' })).toBe(false)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await isRunning(identity)).toBe(false)
  })

  it('has the whole command line, and the same start time in every time zone', async () => {
    const disk = `/${'long/'.repeat(40)}data.qcow2`
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', disk])
    onTestFinished(() => {
      child.kill('SIGKILL')
      vi.unstubAllEnvs()
    })
    // ps assumes this width for an unknown terminal.
    vi.stubEnv('COLUMNS', '80')
    const identity = await processIdentity(child.pid ?? 0, 'freebsd')
    expect(identity?.command).toContain(disk)
    vi.stubEnv('TZ', 'Asia/Seoul')
    expect(await processIdentity(child.pid ?? 0, 'freebsd')).toEqual(identity)
  })

  it('is undefined for an unused process id', async () => {
    expect(await processIdentity(1 << 30, 'linux')).toBeUndefined()
    expect(await processIdentity(1 << 30, 'freebsd')).toBeUndefined()
  })
})
