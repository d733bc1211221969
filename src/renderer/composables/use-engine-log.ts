import { promiseTimeout } from '@vueuse/core'
import { onScopeDispose, ref, shallowRef, triggerRef, watch } from 'vue'
import type { BerthError } from '../../shared/errors'
import { api, attachSession, connection, toBerthError } from '../api'
import { LogBuffer, logCapacity, logTail, type LogLine } from '../lib/log-buffer'
import { useLogViews } from '../stores/log-views'

/** About one animation frame, in milliseconds. The code uses a timer, because a hidden window renders no frames. */
const frame = 16

/**
 * Follows the log of a container, which the engine sends, until the component is unmounted. Shows the last lines, then
 * every new line, even if the container restarts. Calls `discarding` before the first `count` lines disappear from
 * `lines`.
 */
export function useEngineLog(options: {
  containerId: string
  /** Returns the time of the container's last start. */
  startedAt: () => number | null
  discarding: (count: number) => void
}) {
  const { containerId, startedAt, discarding } = options
  const { cleared } = useLogViews()
  const buffer = new LogBuffer(logCapacity)
  const lines = shallowRef<readonly LogLine[]>(buffer.lines)
  const truncated = ref(false)
  const ended = ref(false)
  const error = shallowRef<BerthError>()
  const unmounted = new AbortController()
  let sessionId: string | undefined
  /** The position up to which the log has been read. */
  let position = cleared.get(containerId)
  /** True if the container has started again since the session began. */
  let hasRestarted = false

  function show(): void {
    const first = lines.value[0]?.number
    const newFirst = buffer.lines[0]?.number
    if (first !== undefined && newFirst !== undefined && newFirst > first) discarding(newFirst - first)
    lines.value = buffer.lines
    truncated.value ||= buffer.dropped > 0
    triggerRef(lines)
  }
  function clear(): void {
    buffer.clear()
    if (position !== undefined) cleared.set(containerId, position)
    truncated.value = false
    show()
  }

  /** Shows one session. Returns false if the connection was lost. Then the caller must follow again from `position`. */
  async function follow(): Promise<boolean> {
    const attachment = new AbortController()
    const signal = AbortSignal.any([unmounted.signal, attachment.signal])
    let isLost = false
    hasRestarted = false
    await connection.whenOpen(signal)
    const session = await api.containers.logs({ id: containerId, tail: logTail, after: position })
    sessionId = session.id
    if (unmounted.signal.aborted) {
      close()
      return true
    }
    ended.value = false
    error.value = undefined
    await attachSession(
      session.id,
      {
        render: async (event) => {
          if (event.type === 'truncated') truncated.value = true
          if (event.type !== 'logs') return
          buffer.push(event.entries)
          if (event.position !== undefined) {
            position = event.position
            buffer.mark()
          }
          show()
          await promiseTimeout(frame)
        },
        // End the attachment, because a replay would show lines again that the user has cleared.
        restart: () => {
          isLost = true
          attachment.abort()
        },
        ended: (end) => {
          ended.value = true
          if (end.error !== null) error.value = end.error
        },
      },
      signal,
    )
    return !isLost
  }
  /** Follows the log until the container stops. Follows again after a lost connection or a restart. */
  async function run(): Promise<void> {
    try {
      while (!(await follow()) || hasRestarted) {
        if (unmounted.signal.aborted) return
        buffer.rewind()
        close()
      }
    } catch (failure) {
      if (!unmounted.signal.aborted) error.value = toBerthError(failure)
      ended.value = true
    }
  }
  /** Closes the session. Ignores the error of a session that has already ended. */
  function close(): void {
    if (sessionId !== undefined) api.sessions.close({ sessionId }).catch(() => undefined)
  }

  void run()
  watch(startedAt, () => {
    hasRestarted = true
    if (ended.value) void run()
  })
  onScopeDispose(() => {
    unmounted.abort()
    close()
  })

  return { lines, truncated, ended, error, clear }
}
