import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runWatched } from '../../../../src/main/ssh'

let root = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'berth-watched-'))
})
afterEach(() => rm(root, { recursive: true }))

/** Runs a script as a watched program, on this computer instead of in the machine. */
async function run(script: string) {
  const lines: string[] = []
  const shells: Promise<unknown>[] = []
  const exit = await runWatched(
    {
      openCommand: (command) => {
        const shell = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'ignore'] })
        shells.push(once(shell, 'close'))
        const { stdin, stdout } = shell
        const stream = new Duplex({
          read: () => undefined,
          write: (chunk, _encoding, done) => void stdin.write(chunk, done),
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
})
