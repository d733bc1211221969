import { api } from '../api'
import { useMachine } from '../stores/machine'
import { useNotifications } from '../stores/notifications'
import { useSettings } from '../stores/settings'
import { useConfirm } from './use-confirm'
import { useText } from './use-text'

/** Ends Berth and the machine with it, after asking. */
export function useQuit() {
  const { t } = useText()
  const { ask } = useConfirm()
  const notifications = useNotifications()
  const settings = useSettings()
  const machine = useMachine()

  /** What becomes of the machine. */
  function outcome(): 'app.quitIdleText' | 'app.quitSuspendText' | 'app.quitText' {
    if (machine.canStart) return 'app.quitIdleText'
    return settings.state?.settings.power.suspendOnQuit === true ? 'app.quitSuspendText' : 'app.quitText'
  }

  async function quit(): Promise<void> {
    const confirmed = await ask({
      title: t('app.quitTitle'),
      text: [t(outcome())],
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
