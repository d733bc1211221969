import type { Logger } from './host'

/** One service's failure must not keep the next from being started or ended: it is logged. Never rejects. */
export async function step(log: Logger, name: string, act: () => void | Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    log.error({ err: error, step: name }, 'a service could not be started or ended')
  }
}
