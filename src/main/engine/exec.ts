import type { Duplex } from 'node:stream'
import type { TerminalSize } from '../../shared/sessions'
import { delay } from '../lib'
import { pathPart, type EngineClient } from './client'
import { typed } from './engine-errors'
import { createdSchema, execInspectSchema } from './schemas'

export interface ExecOptions {
  command: string[]
  /** With a terminal the stream is its raw bytes; without, frames (see FrameParser). */
  tty: boolean
  size?: TerminalSize
  /** `NAME=value` each. */
  env?: string[]
}

export interface ExecProcess {
  stream: Duplex
  resize(size: TerminalSize): Promise<void>
  /** In the machine's process namespace. */
  pid(): Promise<number>
  /** Null while the process runs. */
  exitCode(): Promise<number | null>
}

/** The engine notes the end of a process a moment after its output has ended. */
const exitWait = { attempts: 20, milliseconds: 50 }

/**
 * Runs `command` in a running container. Fails with `container.not-found` or `container.not-running`; a command
 * that does not exist fails with `container.start-failed` or ends with code 126 or 127, as the engine's version
 * has it. Closing the stream does not end the process.
 */
export async function startExec(
  client: EngineClient,
  container: string,
  { command, tty, size, env = [] }: ExecOptions,
): Promise<ExecProcess> {
  const consoleSize = size === undefined ? {} : { ConsoleSize: [size.rows, size.columns] }
  const { Id: id } = await typed({ container }, () =>
    client.json(
      {
        method: 'POST',
        path: `/containers/${pathPart(container)}/exec`,
        body: {
          AttachStdin: true,
          AttachStdout: true,
          AttachStderr: true,
          Tty: tty,
          Cmd: command,
          Env: env,
          ...consoleSize,
        },
      },
      createdSchema,
    ),
  )
  const path = `/exec/${pathPart(id)}`
  const stream = await typed({ container }, () =>
    client.upgrade({
      method: 'POST',
      path: `${path}/start`,
      body: { Detach: false, Tty: tty, ...consoleSize },
    }),
  )
  const inspect = () =>
    typed({ container }, () => client.json({ method: 'GET', path: `${path}/json` }, execInspectSchema))
  return {
    stream,
    async resize({ columns, rows }) {
      await typed({ container }, () =>
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
