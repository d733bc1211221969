import { BerthError, type BerthErrorData, type ErrorCode } from '../../shared/errors'
import { errorText } from '../../shared/i18n'

/** An answer that Berth gives in the engine's place, in the engine's own form. */
export interface Refusal {
  status: number
  message: string
}

const statuses: Partial<Record<ErrorCode, number>> = {
  'docker.body-too-large': 413,
  'docker.machine-starting': 503,
  'docker.machine-failed': 503,
  'machine.connection-lost': 502,
}

/** By the first part of the code. */
const familyStatuses: Record<string, number> = {
  engine: 503,
  machine: 503,
  // What dockerd itself answers when it cannot open a port.
  port: 500,
  internal: 500,
}

/** How a failure is told to a docker client: 503 when the engine is out of reach, 400 for what it asked for. */
export function refusal(error: unknown): Refusal {
  const berth = BerthError.from(error)
  const family = familyStatuses[berth.code.replace(/\..*/, '')]
  return { status: statuses[berth.code] ?? family ?? 400, message: explanation(berth.toData()) }
}

/** Headers and body of a refusal. */
export function refusalBody({ message }: Refusal): { headers: Record<string, string>; body: string } {
  const body = `${JSON.stringify({ message })}\n`
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
  return { headers, body }
}

/** In English, as everything else that docker tools print. */
function explanation(error: BerthErrorData): string {
  const { code, params, detail } = error
  if (code === 'port.taken') return portTaken(params)
  const { what, todo } = errorText(error, 'en')
  const why = code === 'internal' && detail !== undefined ? ` ${detail}.` : ''
  return `${what}${why} ${todo}`
}

/** In dockerd's own words, which tools look for. */
function portTaken({ address, port, protocol, owner }: BerthErrorData['params']): string {
  return `driver failed programming external connectivity: failed to bind host port ${String(address)}:${String(port)}/${String(protocol)}: address already in use by ${String(owner)}`
}
