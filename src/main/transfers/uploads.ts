import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { uploadPieceBytes } from '../../shared/flow-control'
import { BerthError } from '../../shared/errors'
import type { UploadResult } from '../../shared/transfers'

/** The connection of one client. */
interface Connection {
  readonly closed: AbortSignal
}

interface Upload {
  connection: Connection
  /** Announced bytes that have not arrived yet. */
  missing: number
  stream: PassThrough
  result: Promise<UploadResult>
  /** Whether the consumer has failed, so that `result` rejects. */
  failed: boolean
  busy: boolean
  release: () => void
}

/**
 * Receives files that clients send in pieces. Berth answers a piece when the consumer has read it, so that the sender
 * does not send too fast. Until that answer, Berth refuses another piece, so that pieces keep their order. An upload
 * ends with its connection.
 */
export class Uploads {
  readonly #uploads = new Map<string, Upload>()

  /**
   * Starts an upload and returns its id. `consume` reads the bytes, and `finish` returns the result of `consume`. An
   * abort destroys the stream with an error.
   */
  open(connection: Connection, bytes: number, consume: (stream: Readable) => Promise<UploadResult>): string {
    const id = randomUUID()
    const stream = new PassThrough({ highWaterMark: uploadPieceBytes })
    // The consumer reports the error. Without this listener, Node would treat the error as uncaught.
    stream.on('error', () => undefined)
    const abort = (): void => {
      this.#discard(id)
    }
    const result = consume(stream)
    result.catch(() => {
      upload.failed = true
      stream.destroy()
    })
    const release = (): void => {
      connection.closed.removeEventListener('abort', abort)
    }
    const upload: Upload = {
      connection,
      missing: bytes,
      stream,
      result,
      failed: false,
      busy: false,
      release,
    }
    this.#uploads.set(id, upload)
    connection.closed.addEventListener('abort', abort, { once: true })
    if (connection.closed.aborted) abort()
    return id
  }

  /**
   * Sends one piece to the consumer. Resolves when the consumer is ready for the next piece.
   * @throws BerthError upload.not-found; input.invalid for a piece out of turn or too many bytes, and then the upload
   * ends; otherwise the consumer's error
   */
  async piece(connection: Connection, id: string, base64: string): Promise<void> {
    const upload = this.#get(connection, id)
    const bytes = Buffer.from(base64, 'base64')
    const problem = upload.busy
      ? 'out of turn'
      : bytes.length > uploadPieceBytes || bytes.length > upload.missing
        ? 'too many bytes'
        : undefined
    if (problem !== undefined) {
      this.#discard(id)
      throw new BerthError('input.invalid', { field: 'piece', reason: problem })
    }
    upload.busy = true
    upload.missing -= bytes.length
    if (!upload.stream.destroyed && !upload.stream.write(bytes)) await drained(upload)
    if (upload.stream.destroyed) {
      this.#discard(id)
      if (upload.failed) await upload.result
      throw new BerthError('upload.not-found')
    }
    upload.busy = false
  }

  /**
   * Ends an upload, and returns the consumer's result.
   * @throws BerthError upload.not-found; input.invalid if a piece has no answer yet; upload.incomplete if bytes are
   * missing; otherwise the consumer's error
   */
  async finish(connection: Connection, id: string): Promise<UploadResult> {
    const upload = this.#get(connection, id)
    if (upload.busy || upload.missing > 0) {
      this.#discard(id)
      throw upload.busy
        ? new BerthError('input.invalid', { field: 'piece', reason: 'out of turn' })
        : new BerthError('upload.incomplete', {}, { detail: `${upload.missing} bytes are missing` })
    }
    upload.stream.end()
    try {
      return await upload.result
    } finally {
      this.#uploads.delete(id)
      upload.release()
    }
  }

  /** Aborts an upload and its consumer. Does nothing if the upload has already ended. */
  abort(connection: Connection, id: string): void {
    if (this.#uploads.get(id)?.connection === connection) this.#discard(id)
  }

  #get(connection: Connection, id: string): Upload {
    const upload = this.#uploads.get(id)
    if (upload?.connection !== connection) throw new BerthError('upload.not-found')
    return upload
  }

  #discard(id: string): void {
    const upload = this.#uploads.get(id)
    if (upload === undefined) return
    this.#uploads.delete(id)
    upload.release()
    upload.stream.destroy(new BerthError('upload.not-found'))
  }
}

async function drained({ stream }: { stream: PassThrough }): Promise<void> {
  const listening = new AbortController()
  const { signal } = listening
  const ended = (event: string): Promise<unknown> => once(stream, event, { signal })
  await Promise.race([ended('drain'), ended('close')]).catch(() => undefined)
  listening.abort()
}
