import { Duplex, Transform } from 'node:stream'
import { BerthError } from '../../shared/errors'
import type { TerminalSize } from '../../shared/sessions'
import { FrameParser, type Engine } from '../engine'
import type { Outcome, TerminalSource } from '../sessions'
import { streamTerminal } from './stream-terminal'

export type ContainerAttach = Pick<Engine['containers'], 'attach'>
type Attached = Awaited<ReturnType<ContainerAttach['attach']>>

/**
 * Starts a container and shows its output from the first byte, like `docker start --attach`. Input reaches only a
 * container with a tty. When the terminal is closed, the container continues.
 * @throws BerthError container.not-found; the errors of `start`. Nothing stays attached then.
 */
export async function openAttachedTerminal(options: {
  containers: ContainerAttach
  containerId: string
  size: TerminalSize
  /** Starts the container. */
  start: () => Promise<void>
}): Promise<TerminalSource> {
  const { containers, containerId, size, start } = options
  const attached = await containers.attach(containerId)
  try {
    await start()
  } catch (error) {
    attached.detach()
    throw error
  }
  // A container that has already ended has no tty whose size could be set.
  if (attached.tty) await attached.resize(size).catch(() => undefined)
  const source = streamTerminal({
    stream: attached.tty ? attached.stream : plainOutput(attached.stream),
    resize: (newSize) => (attached.tty ? attached.resize(newSize) : Promise.resolve()),
    outcome: () => outcomeOf(attached),
    // Closing the terminal ends no program.
    program: () => Promise.resolve(undefined),
    end: () => {
      attached.detach()
      return Promise.resolve()
    },
  })
  return attached.tty ? source : { ...source, write: () => undefined }
}

async function outcomeOf(attached: Attached): Promise<Outcome> {
  try {
    return { exitCode: await attached.exitCode(), error: null }
  } catch {
    return { exitCode: null, error: new BerthError('machine.connection-lost').toData() }
  } finally {
    attached.detach()
  }
}

/** The output of a container without a tty, as a terminal shows it: a line feed also returns to the first column. */
function plainOutput(stream: Duplex): Duplex {
  const parser = new FrameParser()
  const output = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        for (const { payload } of parser.push(chunk))
          this.push(payload.toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1')
        done()
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
  })
  stream.once('close', () => {
    if (!stream.readableEnded) output.destroy()
  })
  stream.pipe(output)
  return Duplex.from({ readable: output, writable: stream })
}
