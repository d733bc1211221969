import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import type { Engine } from '../engine'
import { untilAborted, within } from '../lib'
import { comparedProgram, type MeasuredRun, outputMs, ProgramReports } from './compared-program'

/** The busybox of the machine. The container gets a copy of this file, and the initramfs of the VM has the same one. */
export const guestBusybox = '/usr/bin/busybox'

export interface ContainerRunOptions {
  containers: Pick<Engine['containers'], 'create' | 'attach' | 'start' | 'usage' | 'remove'>
  /** An image that has only {@link guestBusybox}. */
  image: string
  signal: AbortSignal
}

/**
 * Runs the program once as a container, measures it, and removes the container.
 * @throws BerthError comparison.container-failed; the engine's failures; the signal's reason
 */
export async function runContainer({ containers, image, signal }: ContainerRunOptions): Promise<MeasuredRun> {
  const began = performance.now()
  const { id } = await containers.create({
    image,
    entrypoint: [guestBusybox, 'sh', '-c', comparedProgram(guestBusybox)],
    command: [],
    environment: [],
    ports: [],
    volumes: [],
    networks: [{ network: 'none', aliases: [], ipv4: '', ipv6: '' }],
    autoRemove: false,
    tty: false,
  })
  try {
    const attached = await containers.attach(id)
    try {
      const reports = new ProgramReports()
      const reported = reports.both
      attached.stream.on('data', (chunk: Buffer) => {
        reports.add(chunk.toString('utf8'))
      })
      attached.stream.on('error', () => undefined)
      const exited = attached.exitCode().then((code) => {
        throw new BerthError('comparison.container-failed', { reason: `exit code ${String(code)}` })
      })
      exited.catch(() => undefined)
      await containers.start(id)
      const late = () => new BerthError('comparison.container-failed', { reason: phrases['answer-missing'] })
      const facts = await untilAborted(within(Promise.race([reported, exited]), outputMs, late), signal)
      const startMs = reports.at - began
      const { memory } = await containers.usage(id, signal)
      return { startMs, memory, ...facts }
    } finally {
      attached.detach()
    }
  } finally {
    await containers.remove(id, { force: true, volumes: true })
  }
}
