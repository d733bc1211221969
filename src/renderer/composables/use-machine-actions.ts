import { api } from '../api'
import { runningContainers } from '../lib/containers'
import { useEngine } from '../stores/engine'
import { useMachine } from '../stores/machine'
import { useNotifications } from '../stores/notifications'
import { useSettings } from '../stores/settings'
import { useActions } from './use-actions'
import { useText } from './use-text'

/** Starts, stops and repairs the machine. Also quits Berth, which stops or suspends the machine. */
export function useMachineActions() {
  const { t } = useText()
  const { busy, run, runConfirmed } = useActions()
  const notifications = useNotifications()
  const engine = useEngine()
  const machine = useMachine()
  const settings = useSettings()

  // The next three functions ignore the error of a failed start, because the machine state reports the failure.
  function start(): Promise<boolean> {
    return run('start', () => api.machine.start().catch(() => undefined))
  }
  /** Starts the machine without the user's daemon.json, because the file may have caused the failure of the engine. */
  function startWithoutDaemonFile(): Promise<boolean> {
    return run('start', () => api.settings.startWithoutDaemonFile().catch(() => undefined))
  }
  function startPreviousGuestImage(): Promise<boolean> {
    return run('back', async () => {
      await api.machine.useImage({ which: 'previous' })
      await api.machine.start().catch(() => undefined)
    })
  }

  function stop(): Promise<boolean> {
    const names = runningContainers(engine.containers.values()).map(({ name }) => name)
    const text =
      names.length === 0 ? t('machine.stopTextNone') : t('machine.stopText', { names: names.join(', ') })
    const question = { title: t('machine.stopTitle'), text: [text], confirm: t('machine.stop') }
    return runConfirmed('stop', question, () => api.machine.stop())
  }

  function repair(): Promise<boolean> {
    const question = {
      title: t('repair.askRepair'),
      text: [t('repair.repairDoes'), t('repair.repairGoes'), t('repair.repairStays')],
      confirm: t('repair.confirmRepair'),
    }
    return runConfirmed(
      'repair',
      question,
      () => api.diagnostics.repair(),
      () => t('repair.repaired'),
    )
  }

  /** Returns the key of a text that explains how quitting affects the machine. */
  function quitText(): 'app.quitIdleText' | 'app.quitSuspendText' | 'app.quitText' {
    if (machine.canStart) return 'app.quitIdleText'
    return settings.state?.settings.power.suspendOnQuit === true ? 'app.quitSuspendText' : 'app.quitText'
  }
  async function quit(): Promise<boolean> {
    // Berth refuses to lose a text that this question has not named.
    const items = await api.app.unsaved().catch(() => [])
    const discard = items.length > 0
    const text = [t(quitText()), ...(discard ? [t('app.quitUnsaved')] : [])]
    const confirm = t(discard ? 'app.quitDiscard' : 'app.quit')
    return runConfirmed('quit', { title: t('app.quitTitle'), text, items, confirm }, async () => {
      await api.app.quit({ discard })
      notifications.success(t('app.quitting'))
    })
  }

  return { busy, run, start, startWithoutDaemonFile, startPreviousGuestImage, stop, repair, quit }
}
