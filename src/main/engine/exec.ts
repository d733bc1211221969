import type { Duplex } from 'node:stream'
import type { TerminalSize } from '../../shared/sessions'
import { delay } from '../lib'
import { pathPart, type EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { createdSchema, execInspectSchema } from './schemas'

export interface ExecOptions {
  command: string[]
  /** If true, the stream carries the raw bytes of a terminal. Otherwise it carries frames (see FrameParser). */
  tty: boolean
  size?: TerminalSize
  /** The keys that detach from a terminal, as in docker's `--detach-keys`. Without them, no key detaches. */
  detachKeys?: string
  /** Each entry is `NAME=value`. */
  env?: string[]
  /** A name or number, with `:group` or not. The default is the user of the container's own processes. */
  user?: string | undefined
  /** The working directory. The default is that of the container's own processes. */
  folder?: string | undefined
}

export interface ExecProcess {
  stream: Duplex
  resize(size: TerminalSize): Promise<void>
  /** The process id in the machine's process namespace. */
  pid(): Promise<number>
  /** Null while the process runs. */
  exitCode(): Promise<number | null>
}

/**
 * Keys that nobody types in this order, so that no keys detach. The engine has no value that means "no keys". The
 * engine's default is Ctrl-P Ctrl-Q. With that default, the engine holds back each Ctrl-P until the next key. The
 * engine also holds back the first key of this list. So that key is the rarest one: NUL, which is Ctrl-Space. See
 * copyEscapable in moby's daemon/container/stream/attach.go.
 */
export const noDetachKeys = ['@', '^', '@', '_', '@', ']', '@', '\\', '@', '^', '@', '_', '@', ']', '@', '\\']
  .map((key) => `ctrl-${key}`)
  .join(',')

/** The engine reports the end of a process a moment after the end of its output. */
const exitWait = { attempts: 20, milliseconds: 50 }

/**
 * Runs `command` in a running container. Closing the stream does not end the process. If there is no such command, the
 * result depends on the engine's version: this throws, or the process ends with code 126 or 127.
 * @throws BerthError container.not-found, container.not-running, container.paused, container.restarting,
 * container.start-failed; the BerthErrors of {@link EngineClient}
 */
export async function startExec(
  client: EngineClient,
  container: string,
  { command, tty, size, detachKeys = noDetachKeys, env = [], user, folder }: ExecOptions,
): Promise<ExecProcess> {
  const consoleSize = size === undefined ? {} : { ConsoleSize: [size.rows, size.columns] }
  const { Id: id } = await withEngineErrors({ container }, () =>
    client.json(
      {
        method: 'POST',
        path: `/containers/${pathPart(container)}/exec`,
        body: {
          AttachStdin: true,
          AttachStdout: true,
          AttachStderr: true,
          Tty: tty,
          DetachKeys: detachKeys,
          Cmd: command,
          Env: env,
          ...(user === undefined ? {} : { User: user }),
          ...(folder === undefined ? {} : { WorkingDir: folder }),
          ...consoleSize,
        },
      },
      createdSchema,
    ),
  )
  const path = `/exec/${pathPart(id)}`
  const stream = await withEngineErrors({ container }, () =>
    client.upgrade({
      method: 'POST',
      path: `${path}/start`,
      body: { Detach: false, Tty: tty, ...consoleSize },
    }),
  )
  const inspect = () =>
    withEngineErrors({ container }, () =>
      client.json({ method: 'GET', path: `${path}/json` }, execInspectSchema),
    )
  return {
    stream,
    async resize({ columns, rows }) {
      await withEngineErrors({ container }, () =>
        client.call({ method: 'POST', path: `${path}/resize`, query: { h: rows, w: columns } }),
      )
    },
    async pid() {
      return (await inspect()).Pid
    },
    async exitCode() {
      for (let attempt = 1; ; attempt++) {
        const { Running: running, ExitCode: exitCode } = await inspect()
        if (!running) return exitCode
        if (!stream.readableEnded || attempt === exitWait.attempts) return null
        await delay(exitWait.milliseconds)
      }
    },
  }
}
