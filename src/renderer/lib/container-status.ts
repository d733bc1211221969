import type { Container } from '../../shared/containers'

export type StatusTone = 'running' | 'busy' | 'stopped' | 'failed' | 'waiting'

export interface StatusLook {
  tone: StatusTone
  icon: string
}

/** Exit codes of a normal end or a requested stop: success (0), SIGINT (130), SIGKILL (137), SIGTERM (143). */
const ordinaryExitCodes = new Set([0, 130, 137, 143])

/** Returns the icon and tone for a container's state. `statusText` returns the words. */
export function statusLook(container: Container): StatusLook {
  switch (container.state) {
    case 'running':
      return container.health === 'unhealthy'
        ? { tone: 'failed', icon: 'i-lucide-heart-crack' }
        : { tone: 'running', icon: 'i-lucide-circle-play' }
    case 'paused':
      return { tone: 'waiting', icon: 'i-lucide-circle-pause' }
    case 'restarting':
      return { tone: 'busy', icon: 'i-lucide-refresh-cw' }
    case 'removing':
      return { tone: 'busy', icon: 'i-lucide-trash-2' }
    case 'created':
      return container.error === ''
        ? { tone: 'stopped', icon: 'i-lucide-circle-dashed' }
        : { tone: 'failed', icon: 'i-lucide-circle-alert' }
    case 'dead':
      return { tone: 'failed', icon: 'i-lucide-circle-x' }
    case 'exited':
      return container.exitCode === null || ordinaryExitCodes.has(container.exitCode)
        ? { tone: 'stopped', icon: 'i-lucide-circle-stop' }
        : { tone: 'failed', icon: 'i-lucide-circle-alert' }
  }
}

export type Translate = (key: string, params?: Record<string, string | number>) => string

/** Returns the STATUS column of `docker ps` in the user's language. `age` turns milliseconds into words. */
export function statusText(
  container: Container,
  now: number,
  t: Translate,
  age: (milliseconds: number) => string,
): string {
  const { state, startedAt, finishedAt, exitCode, health } = container
  const upFor = startedAt === null ? '' : age(Math.max(0, now - startedAt))
  switch (state) {
    case 'running':
      return health === null
        ? t('status.up', { duration: upFor })
        : t('status.upWithHealth', { duration: upFor, health: t(`status.health.${health}`) })
    case 'paused':
      return t('status.paused', { duration: upFor })
    case 'restarting':
    case 'exited':
      return finishedAt === null
        ? t(`status.${state}Now`, { code: exitCode ?? 0 })
        : t(`status.${state}`, { code: exitCode ?? 0, duration: age(Math.max(0, now - finishedAt)) })
    case 'created':
      return container.error === '' ? t('status.created') : t('status.startFailed')
    case 'removing':
      return t('status.removing')
    case 'dead':
      return t('status.dead')
  }
}
