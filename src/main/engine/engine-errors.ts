import { BerthError, type ErrorParams } from '../../shared/errors'
import { EngineResponseError, toError } from './client'

/** What a failed call was about; fills the error's texts. */
export interface ErrorSubject {
  container?: string
  image?: string
  volume?: string
}

type Rule = [
  pattern: RegExp,
  make: (match: RegExpMatchArray, subject: ErrorSubject) => [BerthError['code'], ErrorParams],
]

/** The kernel's words for ENOSPC, whoever passes them on. */
const noSpace = /no space left on device/i

/**
 * The engine's messages, most specific first. The wording is that of github.com/moby/moby (daemon/names.go,
 * daemon/images/image_delete.go, daemon/delete.go, volume/service/errors.go, libnetwork/portmapper) and of runc.
 */
const rules: Rule[] = [
  [noSpace, () => ['disk.full', {}]],
  [/container name "\/?([^"]+)" is already in use/, ([, name = '']) => ['container.name-taken', { name }]],
  [
    /Bind for (\S+):(\d+) failed: port is already allocated/,
    ([, address = '', port]) => [
      'port.taken',
      { address, port: Number(port), protocol: 'tcp', owner: 'another container' },
    ],
  ],
  [
    /listen (tcp|udp)[46]? (\S+):(\d+): bind: address already in use/,
    ([, protocol = 'tcp', address = '', port]) => [
      'port.taken',
      { address, port: Number(port), protocol, owner: 'the machine itself' },
    ],
  ],
  [/volume is in use/, (_, { volume = '' }) => ['volume.in-use', { volume, containers: 'a container' }]],
  [/no such volume/i, (_, { volume = '' }) => ['volume.not-found', { volume }]],
  [/no such container: ?(\S*)/i, ([, id = ''], { container = id }) => ['container.not-found', { container }]],
  [/no such image: ?(\S*)/i, ([, name = ''], { image = name }) => ['image.not-found', { image }]],
  [/^no command specified$/i, () => ['container.no-command', {}]],
  [
    /container (\S+) is not running|cannot exec in a stopped/i,
    ([, id = ''], { container = id }) => ['container.not-running', { container }],
  ],
  [
    /failed to create (?:shim )?task.*|OCI runtime .*|unable to start container process.*/s,
    ([message]) => ['container.start-failed', { reason: startFailure(message) }],
  ],
]

/** A failed engine call as the BerthError that the user sees; what is none of the engine's answers stays itself. */
export function engineError(error: unknown, subject: ErrorSubject = {}): Error {
  if (!(error instanceof EngineResponseError)) return toError(error)
  const options = { detail: error.message, cause: error }
  for (const [pattern, make] of rules) {
    const match = pattern.exec(error.message)
    if (match !== null) return new BerthError(...make(match, subject), options)
  }
  return new BerthError('engine.error', { reason: error.message }, options)
}

/** Runs an engine call and types its failure. */
export async function typed<T>(subject: ErrorSubject, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw engineError(error, subject)
  }
}

/** True when the engine says that the object of the call does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof EngineResponseError && error.status === 404
}

/** A failed import; the engine says why with its status or inside the progress stream. */
export function importError(message: string, cause?: unknown): BerthError {
  if (noSpace.test(message)) return new BerthError('disk.full', {}, { detail: message, cause })
  return new BerthError('image.archive-invalid', { reason: message }, { cause })
}

/** The last, telling part of what dockerd, containerd and runc wrap around a failed start. */
function startFailure(message: string): string {
  const telling = /(?:unable to start container process|error during container init): (.*)$/s.exec(
    message,
  )?.[1]
  return (telling ?? message).replace(/: unknown$/, '').trim()
}

/**
 * A failed pull: `message` comes from the engine (with its status) or from inside the progress stream. The
 * wording is the registry's own (github.com/distribution/distribution errcode) or Go's network errors.
 */
export function registryError(message: string, image: string): BerthError {
  const detail = { detail: message }
  if (noSpace.test(message)) return new BerthError('disk.full', {}, detail)
  if (/manifest unknown|manifest for .* not found|name unknown|no matching manifest/i.test(message))
    return new BerthError('registry.no-such-image', { image }, detail)
  // By their words, not their numbers: 401 may be part of a port.
  if (/denied|unauthorized|no basic auth|authentication required|forbidden/i.test(message))
    return new BerthError('registry.denied', { image }, detail)
  if (/invalid reference format/i.test(message))
    return new BerthError(
      'image.reference-invalid',
      { reference: image, reason: 'reference-grammar' },
      detail,
    )
  if (message.includes('x509:'))
    return new BerthError('registry.untrusted', { image, reason: message }, detail)
  const network =
    /dial (?:tcp|udp)|lookup |no such host|i\/o timeout|deadline exceeded|Client\.Timeout|connection re(?:fused|set)|network is unreachable|no route to host|tls:|HTTP response to HTTPS client|unexpected EOF|\bEOF$|received unexpected HTTP status/i
  if (network.test(message)) return new BerthError('registry.unreachable', { image, reason: message }, detail)
  return new BerthError('engine.error', { reason: message }, detail)
}
