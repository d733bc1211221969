import { BerthError, type BerthErrorData, type ErrorCode } from '../../../shared/errors'
import { errorText } from '../../../shared/i18n'

/** An error answer that Berth sends instead of the engine, in the engine's format. */
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

/** HTTP status by the first part of the error code. */
const familyStatuses: Record<string, number> = {
  engine: 503,
  machine: 503,
  // dockerd sends the same status if it cannot open a port.
  port: 500,
  internal: 500,
}

/** Returns the answer for an error. The status is 400 unless `statuses` or `familyStatuses` has the error's code. */
export function refusal(error: unknown): Refusal {
  const berth = BerthError.from(error)
  const family = familyStatuses[berth.code.replace(/\..*/, '')]
  return { status: statuses[berth.code] ?? family ?? 400, message: explanation(berth.toData()) }
}

/** Returns the headers and the body of a refusal. */
export function refusalBody({ message }: Refusal): { headers: Record<string, string>; body: string } {
  const body = `${JSON.stringify({ message })}\n`
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
  return { headers, body }
}

/** Returns the error text in English, because docker tools print all other text in English. */
function explanation(error: BerthErrorData): string {
  const { code, params, detail } = error
  if (code === 'port.taken') return portTaken(params)
  const { what, todo } = errorText(error, 'en')
  const why = code === 'internal' && detail !== undefined ? ` ${detail}.` : ''
  return `${what}${why} ${todo}`
}

/** Returns dockerd's own message, because tools search for this text. */
function portTaken({ address, port, protocol, owner }: BerthErrorData['params']): string {
  return `driver failed programming external connectivity: failed to bind host port ${String(address)}:${String(port)}/${String(protocol)}: address already in use by ${String(owner)}`
}
