import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CommandResult } from '../../../../src/main/ssh'
import { markVariable, Reaper, type ReaperLink } from '../../../../src/main/terminals/reaper'
import { BerthError } from '../../../../src/shared/errors'
import { silentLog } from '../../../support/fake-services'

const run = promisify(execFile)

/** Runs the reaper's commands on the host, which has the same tools as the machine. */
class LocalLink extends EventEmitter implements ReaperLink {
  down = false
  commands = 0

  async exec(command: string): Promise<CommandResult> {
    this.commands += 1
    if (this.down) throw new BerthError('machine.connection-lost')
    try {
      return { code: 0, ...(await run('sh', ['-c', command])) }
    } catch (error) {
      return { code: 1, stdout: '', stderr: String(error) }
    }
  }
}

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) {
    if (child.pid === undefined) continue
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // The process has already ended, as it should.
    }
  }
})

/** Starts a shell in its own session. It runs `script`, which prints the process ids that the test has to watch. */
async function startSession(script: string, env: Record<string, string> = {}) {
  const shell = spawn('bash', ['-m', '-c', `${script}\necho ready; wait`], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  started.push(shell)
  const ended = once(shell, 'exit')
  const pids: number[] = []
  for await (const line of createInterface({ input: shell.stdout })) {
    if (line === 'ready') break
    pids.push(Number(line))
  }
  if (shell.pid === undefined) throw new Error('the shell did not start')
  return { sessionId: shell.pid, pids, ended }
}

async function state(pid: number): Promise<string> {
  const { stdout } = await run('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim()[0] ?? 'gone'
}

async function expectGone(pids: number[]): Promise<void> {
  for (const pid of pids) expect(['gone', 'Z']).toContain(await state(pid))
}

async function expectAlive(pid: number): Promise<void> {
  expect(['gone', 'Z']).not.toContain(await state(pid))
}

describe('the reaper', { timeout: 30_000 }, () => {
  it('ends a shell and its background jobs', async () => {
    const { sessionId, pids, ended } = await startSession('sleep 600 & echo $!; sleep 601 & echo $!')
    await new Reaper(new LocalLink(), silentLog).end({ sessionId })
    await ended
    expect(pids).toHaveLength(2)
    await expectGone(pids)
  })

  it('ends processes, even if they ignore the request to end or are stopped', async () => {
    const { sessionId, pids, ended } = await startSession(
      `bash -c 'trap "" HUP; echo $$; exec sleep 600' & sleep 601 & echo $!; kill -STOP $!; sleep 0.2`,
    )
    await new Reaper(new LocalLink(), silentLog).end({ sessionId })
    await ended
    expect(pids).toHaveLength(2)
    await expectGone(pids)
  })

  it('ends only the shell with the right mark in its environment', async () => {
    const mark = randomUUID()
    const bystander = await startSession('sleep 600 & echo $!', { [markVariable]: randomUUID() })
    const { pids, ended } = await startSession('sleep 600 & echo $!', { [markVariable]: mark })
    await new Reaper(new LocalLink(), silentLog).end({ mark })
    await ended
    await expectGone(pids)
    await expectAlive(bystander.pids[0] ?? 0)
  })

  it('does nothing if the shell has already ended', async () => {
    const { sessionId, ended } = await startSession('exit 0')
    await ended
    const warned = vi.spyOn(silentLog, 'warn')
    await new Reaper(new LocalLink(), silentLog).end({ sessionId })
    expect(warned).not.toHaveBeenCalled()
  })

  it('ends the shell later, when a lost connection is up again', async () => {
    const link = new LocalLink()
    link.down = true
    const { sessionId, pids, ended } = await startSession('sleep 600 & echo $!')
    await new Reaper(link, silentLog).end({ sessionId })
    await expectAlive(sessionId)
    link.down = false
    link.emit('up')
    await ended
    await expectGone(pids)
  })

  it('does not end the same shell twice', async () => {
    const link = new LocalLink()
    await new Reaper(link, silentLog).end({ sessionId: 4_194_304 })
    link.emit('up')
    expect(link.commands).toBe(1)
  })

  it('forgets process ids of a machine that has stopped', async () => {
    const link = new LocalLink()
    const reaper = new Reaper(link, silentLog)
    link.down = true
    await reaper.end({ sessionId: 1 })
    reaper.forget()
    link.emit('up')
    expect(link.commands).toBe(1)
  })
})
