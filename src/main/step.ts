import type { Logger } from './host'

/** Logs a failure, so that one service's failure does not keep the others from starting or stopping. Never rejects. */
export async function step(log: Logger, name: string, act: () => void | Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    log.error({ err: error, step: name }, 'a service failed to start, change or stop')
  }
}
