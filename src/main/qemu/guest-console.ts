import { EventEmitter } from 'node:events'
import { rename } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { BerthError } from '../../shared/errors'
import { readLines, unlessAbsent } from '../lib'

/** A report of the guest's scripts on the serial console (vm-assets/README.md). */
export type ConsoleReport =
  | { type: 'stage'; name: string }
  | { type: 'error'; code: string; message: string }
  | { type: 'report'; name: string; value: string }

/** How many of the last lines are kept, for error messages and the diagnostics. */
const keptLines = 500

export interface ConsoleHistory {
  stages: string[]
  /** Name → value. */
  reports: Record<string, string>
}

/** The serial console: its last lines, and the reports of the guest's scripts. */
export class GuestConsole extends EventEmitter<{
  stage: [string]
  failure: [BerthError]
  report: [name: string, value: string]
}> {
  readonly #lines: string[] = []
  readonly #stages = new Set<string>()
  readonly #reports = new Map<string, string>()
  readonly #dataDisk: string
  #failure: BerthError | undefined

  /** Errors about the data disk name the file `dataDisk`. */
  constructor(dataDisk: string) {
    super()
    this.#dataDisk = dataDisk
  }

  /** Reads the console until the stream ends. */
  read(stream: Readable): void {
    stream.on('error', () => undefined)
    readLines(stream, (line) => {
      this.#onLine(plainText(line))
    })
  }

  /** The first error that the guest has reported. */
  get failure(): BerthError | undefined {
    return this.#failure
  }

  /**
   * The last lines, oldest first. After a kernel panic, these are the lines from the start of the panic: its first
   * lines give the reason, and a long trace follows.
   */
  tail(lines: number): string[] {
    const panic = this.#lines.findLastIndex((line) => line.includes('Kernel panic - not syncing'))
    return panic === -1 ? this.#lines.slice(-lines) : this.#lines.slice(panic, panic + lines)
  }

  /** The stages that the guest has reported, and the last value of each report. A suspended machine keeps them. */
  get history(): ConsoleHistory {
    return { stages: [...this.#stages], reports: Object.fromEntries(this.#reports) }
  }

  /** Adds what the guest has reported before the machine was suspended. */
  restore({ stages, reports }: ConsoleHistory): void {
    for (const stage of stages) this.#stages.add(stage)
    for (const [name, value] of Object.entries(reports)) this.#reports.set(name, value)
  }

  /** True once the guest has reported this stage. */
  hasReached(stage: string): boolean {
    return this.#stages.has(stage)
  }

  /** The last value that the guest has reported under this name. */
  reported(name: string): string | undefined {
    return this.#reports.get(name)
  }

  /** Resolves with the first value that the guest reports under this name. */
  report(name: string): Promise<string> {
    const known = this.#reports.get(name)
    if (known !== undefined) return Promise.resolve(known)
    return new Promise((resolve) => {
      const onReport = (reported: string, value: string) => {
        if (reported !== name) return
        this.off('report', onReport)
        resolve(value)
      }
      this.on('report', onReport)
    })
  }

  /** Resolves once the guest has reported this stage. */
  reached(stage: string): Promise<void> {
    if (this.hasReached(stage)) return Promise.resolve()
    return new Promise((resolve) => {
      const onStage = (name: string) => {
        if (name !== stage) return
        this.off('stage', onStage)
        resolve()
      }
      this.on('stage', onStage)
    })
  }

  #onLine(line: string): void {
    if (line === '') return
    this.#lines.push(line)
    if (this.#lines.length > keptLines) this.#lines.shift()
    const report = parseReport(line)
    if (report?.type === 'stage') {
      this.#stages.add(report.name)
      this.emit('stage', report.name)
    } else if (report?.type === 'report') {
      this.#reports.set(report.name, report.value)
      this.emit('report', report.name, report.value)
    } else if (report) {
      const error = reportedError(report, this.#dataDisk)
      this.#failure ??= error
      this.emit('failure', error)
    }
  }
}

/**
 * Finds `berth: stage NAME`, `berth: error CODE message` or `berth: report NAME value` in a line. A kernel message may
 * precede it.
 */
export function parseReport(line: string): ConsoleReport | undefined {
  const match = /berth: (stage|error|report) ([\w-]+)(?: (.*))?$/.exec(line)
  if (!match) return undefined
  const [, type, name = '', text = ''] = match
  if (type === 'stage') return { type, name }
  return type === 'report'
    ? { type, name, value: text.trim() }
    : { type: 'error', code: name, message: text.trim() }
}

function reportedError(report: { code: string; message: string }, dataDisk: string): BerthError {
  const reason = report.message === '' ? report.code : report.message
  switch (report.code) {
    case 'data-missing':
    case 'data-corrupt':
    case 'data-mount':
      return new BerthError('machine.disk-unusable', { file: dataDisk, reason })
    case 'data-newer': {
      const [, format = '?', known = '?'] = /format (\d+).* knows (\d+)/.exec(report.message) ?? []
      return new BerthError('machine.data-newer', { file: dataDisk, format, known })
    }
    case 'sshd-failed':
      return new BerthError('machine.ssh-refused', { reason })
    case 'dockerd-failed':
      return new BerthError('machine.engine-failed', { reason })
    default:
      // root-missing, for example. The guest then powers off.
      return new BerthError('machine.qemu-died', { reason })
  }
}

/** The line without the terminal control sequences that firmware and kernel print. */
function plainText(line: string): string {
  const text = stripVTControlCharacters(line)
  return Array.from(text, (character) => (character < ' ' && character !== '\t' ? '' : character))
    .join('')
    .trimEnd()
}

/** Renames the console log of the last launch, because QEMU overwrites the file. The log may explain a crash. */
export async function archiveConsoleLog(file: string): Promise<void> {
  await unlessAbsent(rename(file, `${file}.1`))
}
