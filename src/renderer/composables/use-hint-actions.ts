import { useRouter } from 'vue-router'
import type { Hint } from '../../shared/hints'
import { api } from '../api'
import { type Mend, mendForm } from '../lib/hints'
import { rescueFocus } from '../lib/rescue-focus'
import { useDialogs } from '../stores/dialogs'
import { useEngine } from '../stores/engine'
import { useFileViews } from '../stores/file-views'
import { useRunDrafts } from '../stores/run-drafts'
import { useActions } from './use-actions'
import { useText } from './use-text'

/** Mends hints and dismisses them. */
export function useHintActions() {
  const router = useRouter()
  const dialogs = useDialogs()
  const engine = useEngine()
  const drafts = useRunDrafts()
  const files = useFileViews()
  const { t } = useText()
  const { busy, run } = useActions()

  function keyOf({ id, finding }: Hint): string {
    return `${id} ${finding.rule}`
  }

  function mend(hint: Hint, way: Mend): void {
    void run(
      keyOf(hint),
      () => doMend(hint, way),
      () => (way.kind === 'now' ? t(`hints.${way.rule}.done`, { container: hint.container }) : undefined),
    )
  }

  async function doMend({ id, finding }: Hint, way: Mend): Promise<void> {
    switch (way.kind) {
      case 'now':
        await api.hints.mend({ id, rule: way.rule })
        await rescueFocus()
        return
      case 'edit': {
        const { request } = await api.changes.editable({ id })
        drafts.refreshEdit(id, request)
        const draft = drafts.get(id)
        if (draft !== undefined) draft.form = mendForm(draft.form, finding)
        await router.push({ name: 'container-edit', params: { id }, query: { section: way.section } })
        return
      }
      case 'limits':
        await router.push({ name: 'container', params: { id, tab: 'isolation' }, query: { view: 'cgroup' } })
        return
      case 'update': {
        const container = engine.containers.get(id)
        if (container !== undefined) dialogs.show({ name: 'update', container })
        return
      }
      case 'compose':
        await router.push({ name: 'compose-project', params: { name: way.project, section: 'files' } })
        return
      case 'move': {
        const container = engine.containers.get(id)
        if (container !== undefined && finding.rule === 'layer-data')
          dialogs.show({ name: 'move-data', container, finding })
        return
      }
      case 'files':
        files.show({ kind: 'container', id }, { folder: way.folder, file: undefined })
        await router.push({ name: 'container', params: { id, tab: 'files' } })
        return
      case 'log':
        await router.push({ name: 'container', params: { id, tab: 'logs' } })
    }
  }

  /** Dismisses a hint, or shows it again. */
  function dismiss(hint: Hint, dismissed: boolean): void {
    const { container, finding } = hint
    void run(
      keyOf(hint),
      async () => {
        await api.hints.dismiss({ container, rule: finding.rule, dismissed })
        await rescueFocus()
      },
      () => (dismissed ? t('hints.didDismiss', { container }) : undefined),
    )
  }

  return { isBusy: (hint: Hint) => busy.value.has(keyOf(hint)), mend, dismiss }
}
