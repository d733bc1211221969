import { mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { destination, pino, type Logger } from 'pino'
import { unwritable } from './files'

export type { Logger }

/** Bytes. A log that has grown beyond this is set aside when the app starts; one older log is kept. */
const rotateAbove = 5_000_000

/** Values of these names never reach the file, at the top of a record or one level down. */
const secrets = ['privateKey', 'hostKey', 'key', 'token', 'password', 'cookie', 'authorization', 'env']

/**
 * The app's log, as JSON lines in `berth.log` of `folder`.
 * Writes are synchronous: what was logged before a crash is in the file. What cannot be written later, on a full
 * disk say, is lost.
 * @throws BerthError host.folder-unwritable, host.no-space
 */
export function createLog(folder: string, options: { level?: string } = {}): Logger {
  const file = openLog(folder)
  // Without a listener the app would end because its log cannot be written.
  file.on('error', () => undefined)
  return pino(logOptions(options.level), file)
}

function openLog(folder: string): ReturnType<typeof destination> {
  try {
    mkdirSync(folder, { recursive: true })
    const file = join(folder, 'berth.log')
    rotate(file)
    return destination({ dest: file, sync: true })
  } catch (error) {
    throw unwritable(folder, error)
  }
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
