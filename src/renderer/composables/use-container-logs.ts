import { onScopeDispose, ref, shallowRef, triggerRef } from 'vue'
import type { BerthError } from '../../shared/errors'
import { api, attachSession, toBerthError } from '../api'
import { LogRing, type LogLine } from '../lib/log-buffer'

const capacity = 10_000
const tail = 5_000

/** A frame of the screen, or a little longer in a window that is not visible. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 16))
}

/** The live log of a container: the last lines, then every new one, for as long as the scope lives. */
export function useContainerLogs(containerId: string) {
  const ring = new LogRing(capacity)
  const lines = shallowRef<readonly LogLine[]>(ring.lines)
  const truncated = ref(false)
  const ended = ref(false)
  const error = shallowRef<BerthError>()
  const detach = new AbortController()
  let sessionId: string | undefined

  function show(): void {
    lines.value = ring.lines
    truncated.value ||= ring.dropped > 0
    triggerRef(lines)
  }
  function clear(): void {
    ring.clear()
    truncated.value = false
    show()
  }

  async function follow(): Promise<void> {
    try {
      const session = await api.containers.logs({ id: containerId, tail })
      sessionId = session.id
      if (detach.signal.aborted) {
        close()
        return
      }
      await attachSession(
        session.id,
        {
          render: async (event) => {
            if (event.type === 'truncated') truncated.value = true
            if (event.type !== 'logs') return
            ring.push(event.entries)
            show()
            await nextFrame()
          },
          restart: clear,
          ended: (end) => {
            ended.value = true
            if (end.error !== null) error.value = end.error
          },
        },
        detach.signal,
      )
    } catch (failure) {
      if (!detach.signal.aborted) error.value = toBerthError(failure)
    }
  }
  /** The view is gone; a session that has ended by itself is no failure. */
  function close(): void {
    if (sessionId !== undefined) api.sessions.close({ sessionId }).catch(() => undefined)
  }

  void follow()
  onScopeDispose(() => {
    detach.abort()
    close()
  })

  return { lines, truncated, ended, error, clear }
}
