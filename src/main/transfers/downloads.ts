import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { downloadsPath, type Download } from '../../shared/transfers'
import type { Logger } from '../host'

/** Milliseconds for which an offered download waits for its request. */
const offerLimit = 60_000

interface Offer {
  name: string
  bytes: number | undefined
  stream: Readable
  end: () => void
}

export interface OfferOptions {
  /** The proposed file name. */
  name: string
  /** The length of the file in bytes, if it is known. */
  bytes?: number
  /** Opens the file. The signal aborts when the download has ended, or when nobody wants it any more. */
  open: (signal: AbortSignal) => Promise<Readable>
}

/** A download that the page has begun. */
export interface TakenDownload {
  headers: Readonly<Record<string, string>>
  stream: Readable
}

/**
 * Files that a page downloads over HTTP, so that the browser writes them to the disk and the page's memory stays free.
 * Each download has a random URL, which works once. The URL stops working when the page's connection closes.
 */
export class Downloads {
  readonly #log: Logger
  readonly #offers = new Map<string, Offer>()
  #open = 0

  constructor({ log }: { log: Logger }) {
    this.#log = log
  }

  /** How many downloads are offered or being sent. */
  get open(): number {
    return this.#open
  }

  /**
   * Opens a file and offers it to one page. If the file cannot be opened, rejects with the error of `open`, so that the
   * page can show the error.
   */
  async offer(connection: { readonly closed: AbortSignal }, options: OfferOptions): Promise<Download> {
    const ending = new AbortController()
    const signal = AbortSignal.any([ending.signal, connection.closed])
    const stream = await options.open(signal)
    this.#open += 1
    const url = `${downloadsPath}${randomUUID()}`
    const cancel = (): void => {
      stream.destroy()
    }
    const timer = setTimeout(cancel, offerLimit)
    stream.on('error', (error) => {
      if (!signal.aborted) this.#log.warn({ err: error }, 'a download failed')
    })
    stream.once('close', () => {
      this.#open -= 1
      this.#offers.delete(url)
      clearTimeout(timer)
      connection.closed.removeEventListener('abort', cancel)
      ending.abort()
    })
    connection.closed.addEventListener('abort', cancel, { once: true })
    this.#offers.set(url, {
      name: options.name,
      bytes: options.bytes,
      stream,
      end: () => {
        clearTimeout(timer)
      },
    })
    if (connection.closed.aborted) cancel()
    return { url }
  }

  /** Takes an offered download. Returns undefined if the path is no offer, or if the offer has been taken before. */
  take(path: string): TakenDownload | undefined {
    const offer = this.#offers.get(path)
    if (offer === undefined) return undefined
    this.#offers.delete(path)
    offer.end()
    return {
      headers: {
        // A browser must never show the file as a page of Berth's own origin.
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': `attachment; filename*=UTF-8''${encodeFileName(offer.name)}`,
        ...(offer.bytes === undefined ? {} : { 'Content-Length': String(offer.bytes) }),
      },
      stream: offer.stream,
    }
  }
}

/**
 * Encodes a file name for the header `Content-Disposition` (RFC 8187). A folder in the name and a lone surrogate become
 * `_`.
 */
function encodeFileName(name: string): string {
  const safe = name.replaceAll(/[/\\\0]|\p{Surrogate}/gu, '_')
  return encodeURIComponent(safe).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
