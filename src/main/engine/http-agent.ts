import http from 'node:http'
import type { Duplex } from 'node:stream'

/** Idle connections to keep for later calls. Each is a channel of the SSH connection. */
export const maxFreeSockets = 6

/** Methods of a TCP socket that `http` calls. A forwarded stream has no such settings. */
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
      // With an error, http.Agent does not read the stream, although the declared type requires one.
      (error: unknown) => (callback as ((error: unknown) => void) | undefined)?.(error),
    )
  }
}
