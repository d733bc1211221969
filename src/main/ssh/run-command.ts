import type { Readable } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { BerthError } from '../../shared/errors'
import { abortReason } from '../lib'

export interface CommandOptions {
  /** The bytes for the command's standard input. After them, Berth closes the standard input. */
  input?: string | Buffer | Readable
  /** Called with each piece of the command's output. */
  onStdout?: (text: string) => void
  /**
   * True for Berth's own housekeeping. A background command does not count as use of the machine: it neither wakes the
   * machine nor keeps it awake.
   */
  background?: boolean
  /** An abort closes the command's channel. The call then fails with the signal's reason. */
  signal?: AbortSignal
}

export interface CommandResult {
  /** -1 if a signal ended the command. */
  code: number
  stdout: string
  stderr: string
}

/**
 * Collects the output of a command until the command ends.
 * @throws BerthError machine.connection-lost if the channel closes without an exit code; the signal's reason
 */
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
      // An output may be longer than the longest string. An exception in a listener would leave the call pending.
      try {
        resolve({
          code,
          stdout: Buffer.concat(stdout).toString('utf8'),
          stderr: Buffer.concat(stderr).toString('utf8'),
        })
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
    if (signal?.aborted) abort()
    if (input === undefined || typeof input === 'string' || Buffer.isBuffer(input)) channel.end(input)
    else input.pipe(channel)
  })
}
