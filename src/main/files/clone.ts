import { PassThrough } from 'node:stream'
import { encodeFilePath } from '../../shared/file-paths'
import { runGuest, type FilesLink } from './guest-program'

export interface CloneOptions {
  /** The root of what is copied, and the folder in it. */
  args: readonly string[]
  /** The folder in the machine that gets the content. */
  to: string
  /** Called with the number of copied bytes. */
  progress: (bytes: number) => void
  signal: AbortSignal
}

/**
 * Copies a tree in the machine, with owners, modes, times, extended attributes, holes and hard links. Settles when
 * nothing is copied any more.
 * @throws GuestRefusal; as `SshLink.exec`; the signal's reason
 */
export async function clone(link: FilesLink, { args, to, progress, signal }: CloneOptions): Promise<void> {
  signal.throwIfAborted()
  // The program ends when its input ends.
  const input = new PassThrough()
  const abort = (): void => {
    input.end()
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    await runGuest(
      link,
      { verb: 'clone', args: [...args, `to=${encodeFilePath(to)}`] },
      {
        input,
        onStdout: (text) => {
          const copied = /copied (\d+)\n(?!.*copied \d+\n)/s.exec(text)?.[1]
          if (copied !== undefined) progress(Number(copied))
        },
      },
    )
  } finally {
    signal.removeEventListener('abort', abort)
    input.destroy()
  }
  signal.throwIfAborted()
}
