import { computed, ref, watch, type Ref } from 'vue'
import type { SessionInfo, SessionTarget } from '../../shared/sessions'
import type { ShellChoice } from '../../shared/shells'
import { api } from '../api'
import { moveTo, type DropPlace } from '../lib/drag-order'
import { shellName } from '../lib/shell-target'
import { useDialogs } from '../stores/dialogs'
import { useNotifications } from '../stores/notifications'
import { useTerminals } from '../stores/terminals'
import { useText } from './use-text'

export interface ShellTab {
  key: string
  target: SessionTarget
  /** Undefined while the shell is being opened, or if it could not be opened. */
  sessionId: string | undefined
  isOpening: boolean
  /** True once the services have listed the session. Their answer to the opening may arrive before the list. */
  isListed: boolean
  /** The title that the program in the shell has set. */
  title: string
}

export interface ShellTabsOptions {
  /** The shells that the tabs follow. Undefined until the services have told which shells there are. */
  list: Ref<readonly SessionInfo[] | undefined>
  /** The target of a new shell. */
  targetOf: (choice: ShellChoice) => SessionTarget
  /** The shell that was shown last. */
  shownSession: () => string | undefined
  /** Remembers the shell that is shown now. */
  remember: (sessionId: string) => void
}

/**
 * Shells as tabs. The tabs follow a list of the services' sessions: new ones appear, and closed ones disappear. The
 * user can move the tabs.
 */
export function useShellTabs({ list, targetOf, shownSession, remember }: ShellTabsOptions) {
  const terminals = useTerminals()
  const dialogs = useDialogs()
  const notifications = useNotifications()
  const { t } = useText()
  const tabs = ref<ShellTab[]>([])
  const shown = ref<string>()
  const current = computed(() => tabs.value.find(({ key }) => key === shown.value))
  /** False until the services have told which shells there are. */
  const isKnown = computed(() => list.value !== undefined)

  function tabOf({ id, target }: SessionInfo): ShellTab {
    return {
      key: id,
      target: target ?? targetOf({}),
      sessionId: id,
      isOpening: false,
      isListed: true,
      title: terminals.titles.get(id) ?? '',
    }
  }
  /** Takes over the services' list: new shells of other windows appear, and closed shells disappear. */
  function follow(sessions: readonly SessionInfo[] | undefined): void {
    if (sessions === undefined) return
    // A shell that a tab is opening may already be in the list. It gets its own tab otherwise.
    if (tabs.value.some(({ isOpening }) => isOpening)) return
    const known = new Set(tabs.value.map(({ sessionId }) => sessionId))
    const added = sessions.filter(({ id }) => !known.has(id)).map(tabOf)
    const ids = new Set(sessions.map(({ id }) => id))
    for (const tab of tabs.value) tab.isListed ||= tab.sessionId !== undefined && ids.has(tab.sessionId)
    const kept = tabs.value.filter((tab) => !tab.isListed || ids.has(tab.sessionId ?? ''))
    if (added.length === 0 && kept.length === tabs.value.length) return
    const index = tabs.value.findIndex(({ key }) => key === shown.value)
    tabs.value = [...kept, ...added]
    if (!tabs.value.some(({ key }) => key === shown.value)) {
      const remembered = tabs.value.find(({ sessionId }) => sessionId === shownSession())
      shown.value = (remembered ?? tabs.value[Math.max(0, index - 1)])?.key
    }
  }
  watch(
    list,
    (sessions) => {
      follow(sessions)
    },
    { immediate: true },
  )

  /** Replaces the tabs. A tab without a session opens a new shell when the user first shows it. */
  function restore(
    restored: readonly { target: SessionTarget; sessionId: string | undefined }[],
    index: number,
  ): void {
    tabs.value = restored.map(({ target, sessionId }) => ({
      key: sessionId ?? crypto.randomUUID(),
      target,
      sessionId,
      isOpening: false,
      isListed: false,
      title: terminals.titles.get(sessionId ?? '') ?? '',
    }))
    shown.value = (tabs.value[index] ?? tabs.value[0])?.key
  }
  function open(choice: ShellChoice): void {
    const key = crypto.randomUUID()
    const target = targetOf(choice)
    tabs.value.push({ key, target, sessionId: undefined, isOpening: true, isListed: false, title: '' })
    shown.value = key
  }
  function show(key: string): void {
    shown.value = key
    const { sessionId } = current.value ?? {}
    if (sessionId !== undefined) remember(sessionId)
  }
  function showNext(step: 1 | -1): void {
    const index = tabs.value.findIndex(({ key }) => key === shown.value)
    const next = tabs.value.at((index + step) % tabs.value.length)
    if (next !== undefined) show(next.key)
  }
  function move(key: string, place: DropPlace): void {
    const byKey = new Map(tabs.value.map((tab) => [tab.key, tab]))
    tabs.value = moveTo([...byKey.keys()], key, place).flatMap((other) => byKey.get(other) ?? [])
  }
  function opened(tab: ShellTab, sessionId: string): void {
    // A new shell replaces an ended one in its tab.
    if (tab.sessionId !== undefined && tab.sessionId !== sessionId) end(tab.sessionId)
    if (tab.sessionId !== sessionId) tab.isListed = false
    tab.sessionId = sessionId
    tab.isOpening = false
    remember(sessionId)
    follow(list.value)
  }
  function failed(tab: ShellTab): void {
    tab.isOpening = false
    follow(list.value)
  }
  function setTitle(tab: ShellTab, title: string): void {
    tab.title = title
    if (tab.sessionId !== undefined) terminals.titles.set(tab.sessionId, title)
  }
  /** Replaces a tab whose shell could not be opened by a tab with the tool shell. */
  function openTools(tab: ShellTab): void {
    const { target } = tab
    const { user, folder } = target.kind === 'container' ? target : {}
    drop(tab)
    open({
      shell: 'tools',
      ...(user === undefined ? {} : { user }),
      ...(folder === undefined ? {} : { folder }),
    })
  }

  function end(sessionId: string): void {
    // The session may have ended in the meantime.
    api.sessions.close({ sessionId }).catch(() => undefined)
  }
  function drop(tab: ShellTab): void {
    const index = tabs.value.findIndex(({ key }) => key === tab.key)
    if (index === -1) return
    tabs.value.splice(index, 1)
    if (shown.value === tab.key) shown.value = tabs.value[Math.max(0, index - 1)]?.key
  }
  /** The program that would end with the shell. Undefined if there is none, or the services cannot tell. */
  async function programIn(sessionId: string): Promise<string | undefined> {
    try {
      return (await api.terminals.program({ sessionId })).name ?? undefined
    } catch {
      return undefined
    }
  }
  /** Ends the shell of a tab. Asks first if a program runs in it. */
  async function close(tab: ShellTab): Promise<void> {
    const { sessionId } = tab
    if (sessionId !== undefined) {
      const program = await programIn(sessionId)
      if (program !== undefined && !(await confirmed(tab, program))) return
      api.sessions.close({ sessionId }).catch((error: unknown) => {
        if (terminals.shells?.some(({ id }) => id === sessionId) === true) notifications.failure(error)
      })
    }
    drop(tab)
  }
  function confirmed(tab: ShellTab, program: string): Promise<boolean> {
    return dialogs.ask({
      title: t('terminal.closeTitle', { name: nameOf(tab) }),
      text: [t('terminal.closeText', { program })],
      confirm: t('terminal.closeConfirm'),
    })
  }

  /** The title of the program, or the name of the shell. */
  function nameOf({ title, target }: ShellTab): string {
    if (title.trim() !== '') return title.trim()
    const name = shellName(target)
    if (name === 'tools') return t('terminal.tools')
    return name ?? t('terminal.shell')
  }

  return {
    tabs,
    shown,
    current,
    isKnown,
    open,
    restore,
    move,
    openTools,
    show,
    showNext,
    opened,
    failed,
    setTitle,
    close,
    nameOf,
  }
}

export type ShellTabs = ReturnType<typeof useShellTabs>
