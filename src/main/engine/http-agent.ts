import http from 'node:http'
import type { Duplex } from 'node:stream'

/** How many idle connections are kept for later calls. Each connection is a channel of the SSH connection. */
export const maxFreeSockets = 6

/** Methods that `http` calls on a TCP socket. A forwarded stream has no such settings, so they do nothing. */
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

/** An HTTP agent that gets its connections from `open`, e.g. SSH streams to a unix socket. */
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
      // The declared type requires a stream, but http.Agent does not read it if there is an error.
      (error: unknown) => (callback as ((error: unknown) => void) | undefined)?.(error),
    )
  }
}
