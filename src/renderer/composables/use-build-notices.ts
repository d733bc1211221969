import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { BuildSummary } from '../../shared/builds'
import { useBuilds } from '../stores/builds'
import { useNotifications } from '../stores/notifications'
import { useText } from './use-text'

const tones = { succeeded: 'success', failed: 'error', cancelled: 'neutral' } as const

/** Says how a build ended, unless the user sees the build's page. */
export function useBuildNotices(): void {
  const builds = useBuilds()
  const notifications = useNotifications()
  const route = useRoute()
  const router = useRouter()
  const { t } = useText()

  function announce({ id, name, status }: BuildSummary): void {
    if (status === 'running' || (route.name === 'build' && route.params.id === id)) return
    notifications.ended({
      title: t(`builds.ended.${status}`, { name }),
      text: '',
      tone: tones[status],
      action: {
        label: t('builds.showBuild'),
        run: () => {
          void router.push({ name: 'build', params: { id } })
        },
      },
    })
  }
  let running = new Set<string>()
  watch(
    () => builds.list,
    (list) => {
      for (const build of list) if (running.has(build.id)) announce(build)
      running = new Set(list.filter(({ status }) => status === 'running').map(({ id }) => id))
    },
    { immediate: true },
  )
}
