import type { Duplex } from 'node:stream'
import { z } from 'zod'
import type { TerminalSize } from '../../shared/sessions'
import { pathPart, type EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { noDetachKeys } from './exec'

export interface AttachedContainer {
  /** The container's output. With a tty, raw bytes in both directions. Without one, frames (see FrameParser). */
  stream: Duplex
  tty: boolean
  /** Sets the size of the tty. The container must be running. */
  resize(size: TerminalSize): Promise<void>
  /** Resolves when the container ends for the first time after the attachment. */
  exitCode(): Promise<number>
  /** Detaches. The container continues. */
  detach(): void
}

const waitSchema = z.object({ StatusCode: z.number() })

/**
 * Attaches to a container that does not run yet. When this resolves, no byte of the container's next run can be missed.
 * @throws BerthError container.not-found; the BerthErrors of {@link EngineClient}
 */
export async function attachContainer(
  client: EngineClient,
  { id, tty }: { id: string; tty: boolean },
): Promise<AttachedContainer> {
  const path = `/containers/${pathPart(id)}`
  const detaching = new AbortController()
  const { signal } = detaching
  try {
    const stream = await withEngineErrors({ container: id }, () =>
      client.upgrade({
        method: 'POST',
        path: `${path}/attach`,
        query: { stream: true, stdin: tty, stdout: true, stderr: true, detachKeys: noDetachKeys },
        background: true,
        signal,
      }),
    )
    // The engine sends the header of this response before the container ends, and the body at the end.
    const waiting = await withEngineErrors({ container: id }, () =>
      client.stream({
        method: 'POST',
        path: `${path}/wait`,
        query: { condition: 'next-exit' },
        background: true,
        signal,
      }),
    )
    const ended = readExit(waiting)
    // The session may end without asking for the exit code.
    ended.catch(() => undefined)
    return {
      stream,
      tty,
      async resize({ columns, rows }) {
        await withEngineErrors({ container: id }, () =>
          client.call({ method: 'POST', path: `${path}/resize`, query: { h: rows, w: columns } }),
        )
      },
      exitCode: () => ended,
      detach: () => {
        detaching.abort()
      },
    }
  } catch (error) {
    detaching.abort()
    throw error
  }
}

async function readExit(response: AsyncIterable<unknown>): Promise<number> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return waitSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))).StatusCode
}
