import { BerthError, type BerthErrorData, type ErrorCode } from '../../../shared/errors'
import { errorText } from '../../../shared/i18n'

/** An error answer that Berth gives instead of the engine, in the engine's form. */
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
  // dockerd's own status when it cannot open a port.
  port: 500,
  internal: 500,
}

/** The answer for an error: 503 when the engine cannot be reached, 400 when the request is at fault. */
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

/** In English, like all other output of docker tools. */
function explanation(error: BerthErrorData): string {
  const { code, params, detail } = error
  if (code === 'port.taken') return portTaken(params)
  const { what, todo } = errorText(error, 'en')
  const why = code === 'internal' && detail !== undefined ? ` ${detail}.` : ''
  return `${what}${why} ${todo}`
}

/** dockerd's own message: tools search for it. */
function portTaken({ address, port, protocol, owner }: BerthErrorData['params']): string {
  return `driver failed programming external connectivity: failed to bind host port ${String(address)}:${String(port)}/${String(protocol)}: address already in use by ${String(owner)}`
}
