import { promiseTimeout } from '@vueuse/core'
import { onScopeDispose, ref, shallowRef, triggerRef, watch } from 'vue'
import type { BerthError } from '../../shared/errors'
import { api, attachSession, connection, toBerthError } from '../api'
import { LogBuffer, logCapacity, logTail, type LogLine } from '../lib/log-buffer'
import { useLogViews } from '../stores/log-views'

/** About a frame of the screen, in milliseconds. A timer, because a hidden window renders no frames. */
const frame = 16

/**
 * The live log of a container until the component is unmounted: its last lines, then every new one, across restarts.
 * `discarding` is called before the buffer shows that it has discarded lines.
 */
export function useContainerLogs(options: {
  containerId: string
  /** When the container last started. */
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
  /** How far the log has been read, and the number of the next line there. */
  let position = cleared.get(containerId)
  let positionLine = 0
  /** Whether the container has started again since the session began. */
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
    positionLine = 0
    truncated.value = false
    show()
  }

  /** Shows one session. Returns false if its connection was lost: then the log has to be read on from its position. */
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
            positionLine = buffer.next
          }
          show()
          await promiseTimeout(frame)
        },
        // A replay would bring back lines that the user has cleared.
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
  /** Follows the log until the container stops. */
  async function run(): Promise<void> {
    try {
      while (!(await follow()) || hasRestarted) {
        if (unmounted.signal.aborted) return
        buffer.rewind(positionLine)
        close()
      }
    } catch (failure) {
      if (!unmounted.signal.aborted) error.value = toBerthError(failure)
      ended.value = true
    }
  }
  /** Closes the session. That it may have ended already is no failure. */
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
