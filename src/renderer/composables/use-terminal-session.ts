import { ref, shallowRef } from 'vue'
import type { BerthError } from '../../shared/errors'
import type { SessionInfo, SessionTarget, TerminalSize } from '../../shared/sessions'
import { api, attachSession, toBerthError } from '../api'

/** The most input that the contract allows in one call, in UTF-16 code units. */
const longestWrite = 100_000

export interface TerminalScreen {
  size: () => TerminalSize
  /** Resolves after the text has been rendered. */
  write: (text: string) => Promise<void>
  reset: () => void
}

/** Connects a screen to a shell session. Writes the output to the screen, and sends input and size to the shell. */
export function useTerminalSession() {
  const state = ref<'opening' | 'open' | 'ended'>('opening')
  const exitCode = ref<number | null>(null)
  const error = shallowRef<BerthError>()
  const session = shallowRef<SessionInfo>()
  const truncated = ref(false)
  let detach = new AbortController()
  let pending = ''
  let sending = false

  function finish(end: { exitCode: number | null; error: BerthError | null }): void {
    state.value = 'ended'
    exitCode.value = end.exitCode
    error.value = end.error ?? undefined
  }

  async function attach(screen: TerminalScreen, info: SessionInfo): Promise<void> {
    session.value = info
    state.value = 'open'
    await attachSession(
      info.id,
      {
        render: async (event) => {
          if (event.type === 'truncated') truncated.value = true
          else if (event.type === 'output') await screen.write(event.text)
        },
        restart: screen.reset,
        ended: finish,
      },
      detach.signal,
    )
  }

  /** Starts a new shell on the screen. */
  async function open(screen: TerminalScreen, target: SessionTarget): Promise<void> {
    state.value = 'opening'
    error.value = undefined
    truncated.value = false
    detach = new AbortController()
    const { signal } = detach
    try {
      const info = await api.terminals.open({ target, size: screen.size() })
      if (signal.aborted) await api.sessions.close({ sessionId: info.id })
      else await attach(screen, info)
    } catch (failure) {
      if (!signal.aborted) finish({ exitCode: null, error: toBerthError(failure) })
    }
  }
  /** Shows an existing session. Other windows may show the same session. */
  async function join(screen: TerminalScreen, sessionId: string): Promise<void> {
    try {
      const sessions = await api.sessions.list()
      const info = sessions.find(({ id }) => id === sessionId)
      await attach(screen, info ?? { id: sessionId, kind: 'terminal', title: '', createdAt: 0, ended: false })
    } catch (failure) {
      finish({ exitCode: null, error: toBerthError(failure) })
    }
  }

  /** Sends the pending input in order. If more input arrives during a call, the next call sends that input. */
  async function drain(sessionId: string): Promise<void> {
    sending = true
    try {
      while (pending !== '') {
        const text = pending.slice(0, longestWrite)
        pending = pending.slice(longestWrite)
        await api.terminals.write({ sessionId, text })
      }
    } catch (failure) {
      pending = ''
      if (state.value === 'open') error.value = toBerthError(failure)
    } finally {
      sending = false
    }
  }
  function type(text: string): void {
    if (state.value !== 'open' || session.value === undefined) return
    pending += text
    if (!sending) void drain(session.value.id)
  }
  function resize(size: TerminalSize): void {
    if (state.value !== 'open' || session.value === undefined) return
    // Ignore the error of a shell that has already ended, because its size does not matter.
    api.terminals.resize({ sessionId: session.value.id, size }).catch(() => undefined)
  }

  function leave(): void {
    detach.abort()
  }

  return { state, exitCode, error, session, truncated, open, join, type, resize, leave }
}
