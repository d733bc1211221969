import { api } from '../api'
import { useNotifications } from '../stores/notifications'
import { useConfirm } from './use-confirm'
import { useText } from './use-text'

/** Ends Berth and the machine with it, after asking. */
export function useQuit() {
  const { t } = useText()
  const { ask } = useConfirm()
  const notifications = useNotifications()

  async function quit(): Promise<void> {
    const confirmed = await ask({
      title: t('app.quitTitle'),
      text: [t('app.quitText')],
      confirm: t('app.quit'),
    })
    if (!confirmed) return
    try {
      notifications.success(t('app.quitting'))
      await api.app.quit()
    } catch (error) {
      notifications.failure(error)
    }
  }
  return { quit }
}
