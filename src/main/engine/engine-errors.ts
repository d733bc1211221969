import { BerthError, type ErrorParams } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import { EngineResponseError, toError } from './client'

/** The object of a failed call. The error's text names it. */
export interface ErrorSubject {
  container?: string
  image?: string
  volume?: string
  network?: string
}

type Rule = [
  pattern: RegExp,
  make: (match: RegExpMatchArray, subject: ErrorSubject) => [BerthError['code'], ErrorParams],
]

/** The kernel's message for ENOSPC. Other programs repeat it in their own messages. */
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
      { address, port: Number(port), protocol: 'tcp', owner: phrases['owner-container'] },
    ],
  ],
  [
    // "failed to bind host port for ADDRESS:PORT:CONTAINER-ADDRESS:PORT/PROTOCOL: …". For a port range: "failed to bind
    // host port PORT for ADDRESS:…".
    /failed to bind host port (?:(\d+) )?for (\[\S+?\]|[^\s:]+):(\d+)\S*\/(tcp|udp): address already in use/,
    ([, ofRange, address = '', port, protocol = 'tcp']) => [
      'port.taken',
      { address, port: Number(ofRange ?? port), protocol, owner: phrases['owner-machine'] },
    ],
  ],
  [
    /volume is in use/,
    (_, { volume = '' }) => ['volume.in-use', { volume, containers: phrases['user-container'] }],
  ],
  [/no such volume/i, (_, { volume = '' }) => ['volume.not-found', { volume }]],
  [/no such container: ?(\S*)/i, ([, id = ''], { container = id }) => ['container.not-found', { container }]],
  [/network with name (\S+) already exists/, ([, name = '']) => ['network.name-taken', { network: name }]],
  [
    /Pool overlaps with other one on this address space|cannot create network \S+ .*conflicts with network/,
    () => ['network.pool-overlaps', {}],
  ],
  [
    /all predefined address pools have been fully subnetted|could not find an available, non-overlapping/i,
    () => ['network.no-subnet-left', {}],
  ],
  [
    /has active endpoints/,
    (_, { network = '' }) => ['network.in-use', { network, containers: phrases['user-container'] }],
  ],
  [
    /is a pre-defined network and cannot be removed/,
    (_, { network = '' }) => ['network.predefined', { network }],
  ],
  [
    /endpoint with name (\S+) already exists in network (\S+)|container (\S+) is already connected to network/,
    ([, name = ''], { network = '', container = name }) => [
      'network.already-connected',
      { container, network },
    ],
  ],
  [
    /container \S+ is not connected to (?:the )?network/,
    (_, { network = '', container = '' }) => ['network.not-connected', { container, network }],
  ],
  [
    /Address already in use|address is already in use/,
    (_, { network = '' }) => ['network.address-taken', { network }],
  ],
  [
    /no configured subnet or ip-range contain the IP address|user specified IP address is supported only|invalid address \S+: It does not belong to any of this network's subnets|no configured subnet contains IP address/i,
    (_, { network = '' }) => ['network.address-outside', { network }],
  ],
  [
    /sharing network namespace with another container or host cannot be connected|container cannot be (?:dis)?connected (?:to|from) (?:host|multiple)|cannot be connected to multiple networks with one of the networks in private \(none\) mode|connecting to "none" or "host"|host network is not allowed/i,
    (_, { container = '' }) => ['network.mode-excludes', { container }],
  ],
  [/(?:no such network|network \S+ not found)/i, (_, { network = '' }) => ['network.not-found', { network }]],
  [/no such image: ?(\S*)/i, ([, name = ''], { image = name }) => ['image.not-found', { image }]],
  [/^no command specified$/i, () => ['container.no-command', {}]],
  [
    /container (\S+) is (?:already )?paused|cannot start a paused container/i,
    ([, id = ''], { container = id }) => ['container.paused', { container }],
  ],
  [
    /container (\S+) is restarting/i,
    ([, id = ''], { container = id }) => ['container.restarting', { container }],
  ],
  [
    /container (\S+) is not running|cannot exec in a stopped/i,
    ([, id = ''], { container = id }) => ['container.not-running', { container }],
  ],
  [
    /failed to create (?:shim )?task.*|OCI runtime .*|unable to start container process.*/s,
    ([message]) => ['container.start-failed', { reason: startFailure(message) }],
  ],
]

/** Converts the engine's error answer to a BerthError. Returns any other error unchanged. */
export function engineError(error: unknown, subject: ErrorSubject = {}): Error {
  if (!(error instanceof EngineResponseError)) return toError(error)
  const options = { detail: error.message, cause: error }
  for (const [pattern, make] of rules) {
    const match = pattern.exec(error.message)
    if (match !== null) return new BerthError(...make(match, subject), options)
  }
  return new BerthError('engine.error', { reason: error.message }, options)
}

/** The error of an answer that the engine has sent to another client. */
export function engineRefusal(status: number, text: string, subject: ErrorSubject = {}): BerthError {
  return BerthError.from(engineError(new EngineResponseError(status, text), subject))
}

/** Runs an engine call. Converts an error answer of the engine to a BerthError. */
export async function withEngineErrors<T>(subject: ErrorSubject, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw engineError(error, subject)
  }
}

/** True if the engine answers that the object of the call does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof EngineResponseError && error.status === 404
}

/** True if the engine is already removing the container that the call should remove. */
export function isBeingRemoved(error: unknown): boolean {
  return (
    error instanceof EngineResponseError &&
    /removal of container \S+ is already in progress/.test(error.message)
  )
}

/** True for an error with which the engine has answered a call: the engine has refused the call and done nothing. */
export function isRefusal(error: unknown): boolean {
  return error instanceof BerthError && error.cause instanceof EngineResponseError
}

/** The error of an import. `message` comes from an error answer of the engine, or from the progress stream. */
export function importError(message: string, cause?: unknown): BerthError {
  if (noSpace.test(message)) return new BerthError('disk.full', {}, { detail: message, cause })
  return new BerthError('image.archive-invalid', { reason: message }, { cause })
}

/** dockerd, containerd and runc nest their messages. Returns the last part, which gives the reason. */
function startFailure(message: string): string {
  const telling = /^.*(?:unable to start container process|error during container init): (.*)$/s.exec(
    message,
  )?.[1]
  return (telling ?? message).replace(/: unknown$/, '').trim()
}

/**
 * The error of a pull. `message` comes from an error answer of the engine, or from the progress stream. The patterns
 * match the messages of the registry (github.com/distribution/distribution errcode) and Go's network errors.
 */
export function registryError(message: string, image: string): BerthError {
  const detail = { detail: message }
  if (noSpace.test(message)) return new BerthError('disk.full', {}, detail)
  if (/manifest unknown|manifest for .* not found|name unknown|no matching manifest/i.test(message))
    return new BerthError('registry.no-such-image', { image }, detail)
  // The pattern matches words and not status codes, because 401 may be a part of a port number.
  if (/denied|unauthorized|no basic auth|authentication required|forbidden/i.test(message))
    return new BerthError('registry.denied', { image }, detail)
  if (/does not exist locally with the tag/i.test(message))
    return new BerthError('image.not-found', { image }, detail)
  if (/invalid reference format/i.test(message))
    return new BerthError(
      'image.reference-invalid',
      { reference: image, reason: phrases['reference-grammar'] },
      detail,
    )
  if (message.includes('x509:'))
    return new BerthError('registry.untrusted', { image, reason: message }, detail)
  const network =
    /dial (?:tcp|udp)|lookup |no such host|i\/o timeout|deadline exceeded|Client\.Timeout|connection re(?:fused|set)|network is unreachable|no route to host|tls:|HTTP response to HTTPS client|unexpected EOF|\bEOF$|received unexpected HTTP status/i
  if (network.test(message)) return new BerthError('registry.unreachable', { image, reason: message }, detail)
  return new BerthError('engine.error', { reason: message }, detail)
}
