/** How long the program may take to its first output, in milliseconds. */
export const outputMs = 120_000

/** What a comparison measures while the program runs once. */
export interface MeasuredRun extends ProgramFacts {
  /** From the request to the program's first output, in milliseconds. */
  startMs: number
  /** In bytes. */
  memory: number
}

/** What the program says about the system that it sees. */
export interface ProgramFacts {
  kernel: string
  processes: number
}

/**
 * The program that both run. It prints the kernel's version and how many processes it sees, and stays for half a
 * minute, so that its memory can be measured. It then ends by itself, even if Berth has ended.
 */
export function comparedProgram(busybox: string): string {
  return [
    'read -r kernel </proc/sys/kernel/osrelease',
    'count=0',
    'for process in /proc/[0-9]*; do count=$((count + 1)); done',
    'echo berth: report kernel $kernel',
    'echo berth: report processes $count',
    `${busybox} sleep 30`,
  ].join('; ')
}

/** Reads the lines `berth: report NAME VALUE` of the program. */
export class ProgramReports {
  /** When the program has reported everything, by the clock of `performance.now`. */
  at = 0
  readonly both: Promise<ProgramFacts>
  #text = ''
  #resolve: (facts: ProgramFacts) => void = () => undefined

  constructor() {
    this.both = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  add(text: string): void {
    if (this.at !== 0) return
    this.#text += text
    const kernel = /berth: report kernel (\S+)\n/.exec(this.#text)?.[1]
    const processes = /berth: report processes (\d+)\n/.exec(this.#text)?.[1]
    if (kernel === undefined || processes === undefined) return
    this.at = performance.now()
    this.#resolve({ kernel, processes: Number(processes) })
  }
}
