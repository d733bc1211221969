import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BerthError } from '../../../../src/shared/errors'
import { runWatched, type WatchedProgram } from '../../../../src/main/ssh'

let root = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'berth-watched-'))
})
afterEach(() => rm(root, { recursive: true }))

/** Runs a script as a watched program, on this computer instead of in the machine. */
async function run(script: string, input?: WatchedProgram['input']) {
  const lines: string[] = []
  const shells: Promise<unknown>[] = []
  const exit = await runWatched(
    {
      openCommand: (command) => {
        const shell = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'ignore'] })
        shells.push(once(shell, 'close'))
        const { stdin, stdout } = shell
        // A program may end before it has read its input.
        stdin.on('error', () => undefined)
        const stream = new Duplex({
          read: () => undefined,
          write: (chunk, _encoding, done) => void stdin.write(chunk, done),
          final: (done) => void stdin.end(done),
          destroy: (error, done) => {
            stdin.end()
            done(error)
          },
        })
        stdout.on('data', (chunk) => stream.push(chunk))
        stdout.on('end', () => stream.push(null))
        return Promise.resolve(stream as never)
      },
    },
    {
      command: ['sh', '-c', script],
      folder: join(root, 'run'),
      privateFiles: new Map([['secret', 'text']]),
      resultFile: 'result',
      ...(input === undefined ? {} : { input }),
      onLine: (line) => {
        lines.push(line)
      },
      signal: new AbortController().signal,
    },
  )
  await Promise.all(shells)
  return { exit, lines: lines.filter((line) => line !== '') }
}

// The script is for the machine, which is Linux.
describe.skipIf(process.platform !== 'linux')('a watched program', () => {
  it('reports its lines, its exit code and its result', async () => {
    const folder = join(root, 'run')
    expect(await run(`cat ${folder}/secret; printf sha256:1 > ${folder}/result; exit 3`)).toEqual({
      exit: { code: 3, result: 'sha256:1' },
      lines: ['text'],
    })
    expect((await run('true')).exit).toEqual({ code: 0, result: '' })
  })

  it('cannot report its end itself, whatever it prints', async () => {
    const printed = [
      '{"berthExit":0,"result":"fake"}',
      '{"berthExit":no JSON',
      '00000000-0000-0000-0000-000000000000 0 fake',
    ]
    const script = `printf '%s\\n' ${printed.map((line) => `'${line}'`).join(' ')}; exit 4`
    expect(await run(script)).toEqual({ exit: { code: 4, result: '' }, lines: printed })
  })

  it('reads its input to the end', async () => {
    const input = (to: Writable) => pipeline(Readable.from(['one\n', 'x'.repeat(200_000)]), to)
    expect((await run('wc -c', input)).lines.map((line) => line.trim())).toEqual(['200004'])
  })

  it('may end before it has read its input', async () => {
    const input = (to: Writable, signal: AbortSignal) =>
      pipeline(Readable.from(Array.from({ length: 1000 }, () => 'x'.repeat(10_000))), to, { signal })
    expect((await run('head -c 1 >/dev/null; exit 5', input)).exit).toEqual({ code: 5, result: '' })
    expect((await run('exit 6', input)).exit).toEqual({ code: 6, result: '' })
  })

  it('ends without having read its input to the end if the input fails', async () => {
    const input = async (to: Writable) => {
      to.write('part')
      await Promise.reject(new BerthError('build.file-changed', { path: '/a' }))
    }
    const done = join(root, 'done')
    await expect(run(`cat >/dev/null; touch ${done}`, input)).rejects.toMatchObject({
      code: 'build.file-changed',
    })
    await expect(access(done)).rejects.toThrow()
  })
})
