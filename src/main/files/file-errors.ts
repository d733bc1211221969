import { BerthError, type ErrorCode, type ErrorParams } from '../../shared/errors'
import { showFileName } from '../../shared/file-paths'
import type { FileTarget } from '../../shared/files'

/** What a command was about, for the text of its error. */
export interface FileSubject {
  target: FileTarget
  /** The encoded path. */
  path: string
}

/** The reasons of the guest's program (`vm-assets/agent/files/main.c`) that have a text of their own. */
const codes = new Map<string, ErrorCode>([
  ['not-found', 'files.not-found'],
  ['not-folder', 'files.not-a-folder'],
  ['is-folder', 'files.is-a-folder'],
  ['not-a-file', 'files.not-a-file'],
  ['exists', 'files.exists'],
  ['read-only', 'files.read-only'],
  ['no-space', 'disk.full'],
  ['link-refused', 'files.link-refused'],
  ['name-too-long', 'files.name-too-long'],
  ['mount-point', 'files.mount-point'],
  ['other-mount', 'files.other-mount'],
  ['image-folder', 'files.image-folder'],
  ['mount-missing', 'files.mount-missing'],
  ['not-allowed', 'files.not-allowed'],
  ['changed', 'files.changed'],
  ['in-use', 'files.container-busy'],
  ['gone', 'files.container-busy'],
  ['not-mounted', 'files.volume-not-mounted'],
  ['cut-off', 'upload.incomplete'],
])

/** With this reason, the program says that the container has stopped or started since Berth looked for its root. */
export const goneReason = 'gone'

/** The program has answered `error REASON DETAIL`. */
export class GuestRefusal extends Error {
  override readonly name = 'GuestRefusal'

  readonly reason: string
  readonly detail: string

  constructor(line: string) {
    super(line)
    const [, reason = '', detail = ''] = line.split(' ')
    this.reason = reason
    this.detail = showFileName(detail)
  }
}

/** Converts a refusal of the guest's program to a BerthError. Returns any other error unchanged. */
export function fileError(error: unknown, { target, path }: FileSubject): unknown {
  if (!(error instanceof GuestRefusal)) return error
  const params: ErrorParams = {
    path: showFileName(path),
    name: target.kind === 'volume' ? target.name : target.id.slice(0, 12),
  }
  const code = codes.get(error.reason)
  const options = { detail: error.message, cause: error }
  if (code !== undefined) return new BerthError(code, params, options)
  return new BerthError('files.failed', { ...params, reason: error.detail || error.reason }, options)
}
