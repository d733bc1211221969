import type { Duplex } from 'node:stream'
import { BerthError } from '../../shared/errors'
import type {
  LogBounds,
  LogPage,
  LogPositions,
  LogRecord,
  LogSearch,
  LogSearchEvent,
} from '../../shared/logs'
import type { SshLink } from '../ssh'
import { parseRecord } from './log-records'

const program = '/usr/lib/berth/log-reader'
/** The most bytes of one answer with lines. */
const answerBytes = 1024 * 1024
const newline = 0x0a

export type ReaderLink = Pick<SshLink, 'openCommand'>

/** The state of the logs after an answer. */
type LogEnds = Omit<LogPage, 'lines'>

interface Answer {
  /** In the order of the reader, which may be newest first. */
  records: LogRecord[]
  /** The words of the last line of the answer. */
  words: string[]
}

interface Waiting {
  records: LogRecord[]
  /** Called with the words of each line that is not a record. */
  line: (words: string[]) => void
  fail: (error: Error) => void
}

/**
 * The program in the machine that reads the files of the log driver json-file (vm-assets/agent/logs/log-reader.c, which
 * describes the protocol). One reader serves one view.
 */
export class LogReader {
  readonly #stream: Duplex
  readonly #waiting = new Map<number, Waiting>()
  #grown: () => void = () => undefined
  #rest: Buffer[] = []
  #lastRequest = 0
  /** Ends the last search. */
  #endSearch: () => void = () => undefined
  #failure: Error | undefined

  private constructor(stream: Duplex) {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => {
      this.#receive(chunk)
    })
    stream.on('error', (error) => {
      this.#fail(error)
    })
    stream.on('close', () => {
      this.#fail(new BerthError('logs.no-reader'))
    })
  }

  /**
   * Starts the program.
   * @throws BerthError machine.connection-lost, machine.not-running
   */
  static async open(link: ReaderLink): Promise<LogReader> {
    return new LogReader(await link.openCommand(`exec ${program}`))
  }

  /** Called when the program or its connection has ended. */
  onEnd(listener: (error: Error) => void): void {
    this.#stream.once('close', () => {
      listener(this.#failure ?? new BerthError('logs.no-reader'))
    })
  }

  /** Adds containers to a log, oldest first. Containers that the log has already are ignored. */
  async setContainers(log: number, ids: readonly string[]): Promise<LogEnds> {
    return ends(await this.#request(['source', log, ...ids]))
  }

  /**
   * Calls `grown` when a log has new lines. For each log, calls it again only after a read of newer lines. Call this
   * method only once.
   */
  async watch(grown: () => void): Promise<LogEnds> {
    this.#grown = grown
    return ends(await this.#request(['watch']))
  }

  /** Reads lines after the positions, or before them. The lines are in the order of their times. */
  async read(
    direction: 'older' | 'newer',
    { positions, count }: { positions: LogPositions; count: number },
  ): Promise<LogPage> {
    const sign = direction === 'newer' ? '+' : '-'
    const answer = await this.#request(['read', sign, count, answerBytes, ...positionWords(positions)])
    const lines = direction === 'newer' ? answer.records : answer.records.reverse()
    return { lines, ...ends(answer) }
  }

  /** The positions of the first lines that are not older than `time`, in milliseconds since the epoch. */
  async seekTime(time: number): Promise<LogPositions> {
    return parsePositions((await this.#request(['seek', `${String(Math.floor(time))}000000`])).words.slice(1))
  }

  /** The positions at a part of the longest log, from 0 to 1. */
  async seekPart(part: number): Promise<LogPositions> {
    return parsePositions((await this.#request(['part', Math.round(part * 1_000_000)])).words.slice(1))
  }

  /**
   * Searches from the positions back to the start. Ends the search before this one. Ends without an error if the signal
   * aborts or another search begins.
   * @throws BerthError logs.pattern-invalid, logs.search-too-hard, logs.no-reader
   */
  async *search(
    { kind, pattern, ignoreCase, needles = [] }: LogSearch,
    { positions, limit, signal }: { positions: LogPositions; limit: number; signal: AbortSignal },
  ): AsyncGenerator<LogSearchEvent, void> {
    this.#endSearch()
    const queue: LogSearchEvent[] = []
    let failure: Error | undefined
    const ended = new AbortController()
    let wake: () => void = () => undefined
    const end = (): void => {
      ended.abort()
      wake()
    }
    const waiting: Waiting = {
      records: [],
      line: (words) => {
        if (words[0] === 'P') queue.push(searchEvent(words, waiting.records.splice(0)))
        else failure = new BerthError('logs.pattern-invalid', { reason: words.slice(1).join(' ') })
        wake()
      },
      fail: (error) => {
        // The program ends if an expression takes too long or too much memory.
        const isTooHard = kind === 'regex' && BerthError.from(error).code === 'logs.no-reader'
        failure = isTooHard ? new BerthError('logs.search-too-hard', {}, { cause: error }) : error
        wake()
      },
    }
    const mode = `${kind === 'regex' ? 'r' : 't'}${ignoreCase ? 'i' : ''}`
    const words = needles.length === 0 ? '-' : needles.map(hexadecimal).join(',')
    const request = this.#send(
      ['search', mode, limit, hexadecimal(pattern), words, ...positionWords(positions)],
      waiting,
    )
    this.#endSearch = end
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    try {
      for (;;) {
        const event = queue.shift()
        if (ended.signal.aborted) break
        if (event !== undefined) {
          yield event
          if (event.state !== 'more') return
        } else if (failure !== undefined) throw failure
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      this.#waiting.delete(request)
      signal.removeEventListener('abort', end)
      // If another search has begun, the program has ended this one.
      if (this.#endSearch === end) await this.#request(['cancel']).catch(() => undefined)
    }
  }

  /** Ends the program. */
  close(): void {
    this.#stream.destroy()
  }

  #request(words: (string | number)[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const records: LogRecord[] = []
      const request = this.#send(words, {
        records,
        line: (answer) => {
          this.#waiting.delete(request)
          if (answer[0] === 'X') reject(new Error(`the log reader refuses ${answer.slice(1).join(' ')}`))
          else resolve({ records, words: answer })
        },
        fail: reject,
      })
    })
  }

  #send(words: (string | number)[], waiting: Waiting): number {
    this.#lastRequest += 1
    const request = this.#lastRequest
    if (this.#failure !== undefined) {
      waiting.fail(this.#failure)
      return request
    }
    this.#waiting.set(request, waiting)
    this.#stream.write(`${[request, ...words].join(' ')}\n`)
    return request
  }

  #receive(chunk: Buffer): void {
    const end = chunk.lastIndexOf(newline)
    if (end < 0) {
      this.#rest.push(chunk)
      return
    }
    const text = Buffer.concat([...this.#rest, chunk.subarray(0, end)]).toString('utf8')
    this.#rest = [chunk.subarray(end + 1)]
    for (const line of text.split('\n')) this.#onLine(line)
  }

  #onLine(line: string): void {
    const first = line.indexOf(' ')
    const waiting = this.#waiting.get(Number(line.slice(0, first)))
    if (line.startsWith('L ', first + 1)) {
      const record = waiting && parseRecord(line.slice(first + 3))
      if (record) waiting.records.push(record)
    } else if (line.startsWith('0 G ')) this.#grown()
    else waiting?.line(line.slice(first + 1).split(' '))
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const waiting of this.#waiting.values()) waiting.fail(this.#failure)
    this.#waiting.clear()
  }
}

function hexadecimal(text: string): string {
  return Buffer.from(text).toString('hex')
}

function positionWords(positions: LogPositions): string[] {
  return positions.map((position, log) => `${String(log)}:${String(position)}`)
}

/** Parses words `LOG:POSITION`, which are in the order of the logs. */
function parsePositions(words: string[]): LogPositions {
  return words.map((word) => Number(word.split(':')[1]))
}

function ends({ words: [, flags = '', ...words] }: Answer): LogEnds {
  const bounds: LogBounds = words.map((word) => {
    const [, , first, end] = word.split(':')
    return { first: Number(first), end: Number(end) }
  })
  return {
    positions: parsePositions(words),
    bounds,
    atStart: flags.includes('s'),
    atEnd: flags.includes('e'),
  }
}

function searchEvent(
  [, state, reached = '0', searched, total, ...words]: string[],
  hits: LogRecord[],
): LogSearchEvent {
  // A record without a valid time has the least number, which is negative.
  const time = Number(reached) / 1e6
  return {
    hits,
    reached: time > 0 ? time : null,
    searched: Number(searched),
    total: Number(total),
    state: state === 'done' || state === 'full' ? state : 'more',
    positions: parsePositions(words),
  }
}
