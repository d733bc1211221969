import { api } from '../api'
import { useNotifications } from '../stores/notifications'
import { useBusy } from './use-busy'
import { useConfirm } from './use-confirm'
import { useText } from './use-text'

/** Repairs the machine once the user has been told what goes and what stays. */
export function useRepair() {
  const notifications = useNotifications()
  const { t } = useText()
  const { ask } = useConfirm()
  const { busy, run } = useBusy()

  async function repair(): Promise<void> {
    const confirmed = await ask({
      title: t('repair.askRepair'),
      text: [t('repair.repairDoes'), t('repair.repairGoes'), t('repair.repairStays')],
      confirm: t('repair.confirmRepair'),
    })
    if (!confirmed) return
    await run('repair', async () => {
      await api.diagnostics.repair()
      notifications.success(t('repair.repaired'))
    })
  }

  return { busy, repair }
}
