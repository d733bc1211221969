import { pino, type Logger } from 'pino'
import { unwritable } from '../lib'
import { LogFile } from './log-file'
import { berthFiles } from './paths'

export type { Logger }

/** Values of these names never reach the file, at the top of a record or one level down. */
const secrets = ['privateKey', 'hostKey', 'key', 'token', 'password', 'cookie', 'authorization', 'env']

/**
 * The app's log, as JSON lines in `berth.log` of `folder`; see {@link LogFile}.
 * @throws BerthError host.folder-unwritable, host.no-space
 */
export function createLog(folder: string, options: { level?: string } = {}): Logger {
  return pino(logOptions(options.level), openLog(folder))
}

function openLog(folder: string): LogFile {
  try {
    return new LogFile(folder, berthFiles.log.name)
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
