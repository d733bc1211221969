import type { Readable } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { BerthError } from '../../shared/errors'
import { abortReason } from '../lib'

export interface CommandOptions {
  /** Written to the command's standard input, which is then closed. A stream is written as it comes. */
  input?: string | Buffer | Readable
  /** Called with what the command prints, as it comes. */
  onStdout?: (text: string) => void
  /** Berth's own housekeeping: it is no use of the machine, and neither keeps it awake nor wakes it. */
  background?: boolean
  /** Ends the command's channel; the call rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface CommandResult {
  /** 128 + the signal's usual number is not made up: a command that a signal ended has code -1. */
  code: number
  stdout: string
  stderr: string
}

/** Collects what a command prints until it ends. Rejects with machine.connection-lost when its end is never told. */
export function runCommand(channel: ClientChannel, options: CommandOptions): Promise<CommandResult> {
  const { input, onStdout, signal } = options
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let code: number | undefined
    const abort = () => {
      channel.close()
      if (signal) reject(abortReason(signal))
    }
    signal?.addEventListener('abort', abort, { once: true })
    channel.on('data', (chunk: Buffer) => {
      stdout.push(chunk)
      onStdout?.(chunk.toString('utf8'))
    })
    channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    channel.on('exit', (exitCode: number | null) => {
      code = exitCode ?? -1
    })
    channel.on('error', reject)
    channel.on('close', () => {
      signal?.removeEventListener('abort', abort)
      if (code === undefined) {
        reject(new BerthError('machine.connection-lost'))
        return
      }
      resolve({
        code,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
      })
    })
    if (signal?.aborted) abort()
    if (input === undefined || typeof input === 'string' || Buffer.isBuffer(input)) channel.end(input)
    else input.pipe(channel)
  })
}
