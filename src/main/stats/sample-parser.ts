import { containerStats } from '../lib'
import type { ProcessReading, Reading, Sample } from './meter'

/**
 * Parses the output of the machine's program container-stats (vm-assets/agent/container-stats.c). The machine may be
 * hostile, so the parser ignores every line that it does not expect. `idOf` returns the id of the container with this
 * number. Undefined if there is none.
 */
export class SampleParser {
  readonly #idOf: (number: number) => string | undefined
  readonly #listsProcesses: (id: string) => boolean
  #sample: Sample | undefined
  #limits: Reading['limits']
  #last: Reading | undefined

  constructor(idOf: (number: number) => string | undefined, listsProcesses: (id: string) => boolean) {
    this.#idOf = idOf
    this.#listsProcesses = listsProcesses
  }

  /** Returns a sample if the line is the end of one. */
  line(text: string): Sample | undefined {
    const [kind, ...fields] = text.split(' ')
    if (kind === 'sample') this.#begin(fields)
    else if (kind === 'end') return this.#end()
    else if (this.#sample === undefined) return undefined
    else if (kind === 'l') this.#readLimits(fields)
    else if (kind === 'c') this.#readCounters(this.#sample, fields)
    else if (kind === 'p') this.#readProcess(fields)
    return undefined
  }

  #begin(fields: readonly string[]): void {
    const [clock, uptime] = numbers(fields)
    const isValid = clock !== undefined && uptime !== undefined
    this.#sample = isValid ? { clock, uptime, readings: [] } : undefined
    this.#last = undefined
  }

  #end(): Sample | undefined {
    const sample = this.#sample
    this.#sample = undefined
    return sample
  }

  /** The limits come before the counters of the same container. */
  #readLimits([, quota = '', period = '', memory = '']: readonly string[]): void {
    const cpu = quota === 'max' ? null : Number(quota) / Number(period)
    const bytes = memory === 'max' ? null : Number(memory)
    const isValid = [cpu, bytes].every((value) => value === null || (Number.isFinite(value) && value >= 0))
    this.#limits = isValid ? { cpu, memory: bytes } : undefined
  }

  #readCounters({ readings }: Sample, fields: readonly string[]): void {
    const limits = this.#limits
    this.#limits = undefined
    this.#last = undefined
    const [number, cpu, memory, received, sent, read, written, pids] = numbers(fields)
    if (cpu === undefined || memory === undefined || received === undefined || sent === undefined) return
    if (number === undefined || read === undefined || written === undefined || pids === undefined) return
    const id = this.#idOf(number)
    if (id === undefined || readings.some((reading) => reading.id === id)) return
    this.#last = {
      id,
      run: number,
      cpu,
      memory,
      received: received < 0 ? null : received,
      sent: sent < 0 ? null : sent,
      read,
      written,
      pids,
      limits,
      processes: this.#listsProcesses(id) ? [] : undefined,
    }
    readings.push(this.#last)
  }

  #readProcess(fields: readonly string[]): void {
    const processes = this.#last?.processes
    if (processes === undefined || processes.length >= containerStats.maxProcesses) return
    const [, pid, inner, user, parent, cpu, memory, start] = numbers(fields.slice(0, 8))
    if (pid === undefined || inner === undefined || user === undefined || parent === undefined) return
    if (cpu === undefined || memory === undefined || start === undefined) return
    const [state = '', command = ''] = fields.slice(8)
    const process: ProcessReading = {
      ...{ pid, inner, user, parent, cpu, memory, start },
      state: state.slice(0, 1),
      command: decoded(command),
    }
    processes.push(process)
  }
}

/** Returns the whole numbers. A field that is not a whole number ends the list. */
function numbers(fields: readonly string[]): number[] {
  const found: number[] = []
  for (const field of fields) {
    const value = Number(field)
    if (field === '' || !Number.isSafeInteger(value)) break
    found.push(value)
  }
  return found
}

/** Decodes percent-encoded bytes. Bytes that are not UTF-8 become the replacement character. */
function decoded(text: string): string {
  const bytes = text.replace(/%([0-9a-f]{2})/g, (_match, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
