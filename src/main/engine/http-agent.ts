import http from 'node:http'
import type { Duplex } from 'node:stream'

/** Free connections kept open for the next call; each is one channel of the SSH connection. */
const maxFreeSockets = 6

/** What `http` calls on a connection that only a TCP socket has; a forwarded stream has nothing to set. */
const socketSettings = {
  setKeepAlive: ignore,
  setNoDelay: ignore,
  setTimeout: ignore,
  ref: ignore,
  unref: ignore,
}

function ignore(): void {
  // Nothing to do: see socketSettings.
}

/** An HTTP agent whose connections come from `open`, e.g. streams forwarded to a unix socket over SSH. */
export class StreamAgent extends http.Agent {
  readonly #open: () => Promise<Duplex>

  constructor(open: () => Promise<Duplex>) {
    super({ keepAlive: true, maxFreeSockets })
    this.#open = open
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#open().then(
      (stream) => callback?.(null, Object.assign(stream, socketSettings)),
      // http.Agent reads no stream when there is an error, whatever the declared type says.
      (error: unknown) => (callback as ((error: unknown) => void) | undefined)?.(error),
    )
  }
}
