import { pathPart, type EngineClient } from './client'
import { timestampOf } from './log-lines'

/** The bytes in front of each message: of a container without a terminal, a frame's header. */
const headerBytes = 8
/** The header and the timestamp. */
const neededBytes = 64

/**
 * Waits for the first output of a container after a time of the guest, in milliseconds since the epoch. Resolves with
 * the time of that output. Resolves with undefined if the container ends without output, or its log has no timestamps.
 * Reads no more than the first message.
 * @throws EngineResponseError, for example if the log driver cannot be read; the abort's error
 */
export async function firstOutput(
  client: EngineClient,
  id: string,
  { since, signal }: { since: number; signal: AbortSignal },
): Promise<number | undefined> {
  const response = await client.stream({
    method: 'GET',
    path: `/containers/${pathPart(id)}/logs`,
    query: { stdout: true, stderr: true, timestamps: true, follow: true, since: secondsText(since) },
    signal,
    background: true,
  })
  try {
    let bytes: Buffer = Buffer.alloc(0)
    for await (const chunk of response) {
      bytes = Buffer.concat([bytes, chunk as Buffer]).subarray(0, neededBytes)
      // A message begins with a digit of its timestamp. A frame begins with the number of its stream.
      const text = timestampOf((bytes[0] ?? 0) < headerBytes ? bytes.subarray(headerBytes) : bytes)
      if (text !== undefined) return exactTime(text)
      if (bytes.length === neededBytes) return undefined
    }
    return undefined
  } finally {
    response.destroy()
  }
}

/** Seconds with nine decimals, as the engine reads them. */
function secondsText(time: number): string {
  const nanoseconds = Math.floor((time % 1000) * 1e6)
  return `${String(Math.floor(time / 1000))}.${String(nanoseconds).padStart(9, '0')}`
}

/** Milliseconds since the epoch, with fractions: `Date.parse` keeps whole milliseconds only. */
function exactTime(text: string): number {
  const fraction = Number(/\.\d+/.exec(text)?.[0] ?? 0) * 1000
  return Math.floor(Date.parse(text) / 1000) * 1000 + fraction
}
