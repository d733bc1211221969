import { mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { destination, pino, type Logger } from 'pino'

export type { Logger }

/** Bytes. A log that has grown beyond this is set aside when the app starts; one older log is kept. */
const rotateAbove = 5_000_000

/** Values of these names never reach the file, at the top of a record or one level down. */
const secrets = ['privateKey', 'hostKey', 'key', 'token', 'password', 'cookie', 'authorization', 'env']

/**
 * The app's log, as JSON lines in `berth.log` of `folder`.
 * Writes are synchronous: what was logged before a crash is in the file.
 */
export function createLog(folder: string, options: { level?: string } = {}): Logger {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'berth.log')
  rotate(file)
  return pino(logOptions(options.level), destination({ dest: file, sync: true }))
}

/** What `createLog` gives pino; separate so that the redaction can be tested on any destination. */
export function logOptions(level = 'info') {
  return {
    level,
    base: null,
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  }
}

function rotate(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size > rotateAbove) renameSync(file, `${file}.1`)
}
