import { promiseTimeout } from '@vueuse/core'
import { onScopeDispose, ref, shallowRef, triggerRef } from 'vue'
import type { BerthError } from '../../shared/errors'
import { api, attachSession, toBerthError } from '../api'
import { LogBuffer, logCapacity, logTail, type LogLine } from '../lib/log-buffer'

/** About a frame of the screen, in milliseconds. A timer, because a hidden window renders no frames. */
const frame = 16

/** The live log of a container: its last lines, then every new one until the component is unmounted. */
export function useContainerLogs(containerId: string) {
  const buffer = new LogBuffer(logCapacity)
  const lines = shallowRef<readonly LogLine[]>(buffer.lines)
  const truncated = ref(false)
  const ended = ref(false)
  const error = shallowRef<BerthError>()
  const detach = new AbortController()
  let sessionId: string | undefined

  function show(): void {
    lines.value = buffer.lines
    truncated.value ||= buffer.dropped > 0
    triggerRef(lines)
  }
  function clear(): void {
    buffer.clear()
    truncated.value = false
    show()
  }

  async function follow(): Promise<void> {
    try {
      const session = await api.containers.logs({ id: containerId, tail: logTail })
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
            buffer.push(event.entries)
            show()
            await promiseTimeout(frame)
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
  /** Closes the session. That it may have ended already is no failure. */
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
