import { promiseTimeout } from '@vueuse/core'
import { onScopeDispose, ref, shallowRef, triggerRef } from 'vue'
import type { BerthError } from '../../shared/errors'
import type { LogPage, LogPositions, LogRecord, LogViewEvent, UnreadableLog } from '../../shared/logs'
import { api, connection, isAborted, toBerthError } from '../api'
import { LogWindow, type LogRow } from '../lib/log-window'
import { plainStyle } from '../lib/terminal-style'

/** Lines of one read. */
const pageLines = 500
/** Lines of one read of new lines. */
const liveLines = 2_000
/** Bytes. A view that is further behind skips to the end, because nobody can read such a flood. */
const skipBytes = 8 * 1024 * 1024
/** Milliseconds. About one frame: a timer, because a hidden window renders no frames. */
const frame = 16
/** Milliseconds between two counts of new lines. */
const countPause = 300
/** A view counts at most this many new lines. */
export const mostNewLines = 100_000
/** Milliseconds until a view opens again after its reader or the connection has ended. */
const reopenPause = 1_000

/**
 * Shows a part of some logs and follows their new lines, until the component is unmounted. `names` are the containers'
 * names. `keepPlace` applies a change of the rows without moving the visible rows.
 */
export function useLogWindow(options: {
  names: readonly string[]
  keepPlace: (change: () => void) => void
  /** Called with new lines, also with those that are not shown yet. */
  arrived: (lines: readonly LogRecord[]) => void
}) {
  const { names, keepPlace, arrived } = options
  const window = new LogWindow()
  const rows = shallowRef<readonly LogRow[]>([])
  const isReady = ref(false)
  const atStart = ref(false)
  const atEnd = ref(true)
  const following = ref(true)
  /** The new lines that the view does not show, because the user reads older ones. */
  const newLines = ref(0)
  const unreadable = shallowRef<readonly UnreadableLog[]>([])
  const error = shallowRef<BerthError>()
  const unmounted = new AbortController()
  const open = new Map<string, LogRow>()
  let viewId = ''
  /** The position up to which new lines were counted or shown. */
  let counted: LogPositions = []
  let hasGrown = false
  let isLoading = false
  let isPumping = false
  /** True after `clear`, until the user asks for older lines. */
  let isCleared = false

  function show(): void {
    rows.value = open.size === 0 || !window.atEnd ? window.rows : [...window.rows, ...open.values()]
    atStart.value = window.atStart
    atEnd.value = window.atEnd
    triggerRef(rows)
  }
  function read(direction: 'older' | 'newer', positions: LogPositions, count: number): Promise<LogPage> {
    return api.logs.read({ viewId, direction, positions, count })
  }
  /** Shows the lines around some positions. Returns the number of rows before them. */
  async function showAround(positions: LogPositions): Promise<number> {
    const [older, newer] = await Promise.all([
      read('older', positions, pageLines),
      read('newer', positions, pageLines),
    ])
    window.reset(older, newer)
    isCleared = false
    newLines.value = 0
    counted = window.atEnd ? window.end : window.ends
    show()
    return older.lines.length
  }

  /** Shows the error of an action, unless the view is about to open again by itself. */
  function fail(failure: unknown): void {
    const known = toBerthError(failure)
    if (connection.status === 'open' && known.code !== 'logs.view-closed') error.value = known
  }
  async function attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action()
    } catch (failure) {
      fail(failure)
      return undefined
    }
  }

  /** Loads older lines, except above the place of a `clear`. */
  async function loadOlder(): Promise<void> {
    if (isLoading || window.atStart || isCleared || !isReady.value) return
    isLoading = true
    await attempt(async () => {
      const page = await read('older', window.start, pageLines)
      keepPlace(() => {
        window.prepend(page)
        show()
      })
    })
    isLoading = false
  }
  /** Loads older lines when the user asks for them. */
  async function showOlder(): Promise<void> {
    isCleared = false
    following.value = false
    await loadOlder()
  }
  async function loadNewer(): Promise<void> {
    if (isLoading || window.atEnd || !isReady.value) return
    isLoading = true
    await attempt(async () => {
      const page = await read('newer', window.end, pageLines)
      keepPlace(() => {
        append(page)
      })
    })
    isLoading = false
    if (atEnd.value) void pump()
  }
  function append(page: LogPage): void {
    for (const { log, stream } of page.lines) open.delete(`${stream} ${String(log)}`)
    window.append(page)
    if (window.atEnd) {
      newLines.value = 0
      counted = window.end
    }
    show()
  }

  /** Reads new lines until there are none. Only counts them while the user reads older lines. */
  async function pump(): Promise<void> {
    if (isPumping) return
    isPumping = true
    await attempt(async () => {
      while (hasGrown && !isAborted(unmounted.signal)) {
        if (following.value && window.atEnd) await showNew()
        else await countNew()
      }
    })
    isPumping = false
  }
  async function showNew(): Promise<void> {
    hasGrown = false
    const page = await read('newer', window.end, liveLines)
    if (!following.value) {
      // The user has scrolled back in the meantime. The lines stay unread.
      window.append({ ...page, lines: [], positions: window.end, atEnd: page.lines.length === 0 })
      hasGrown = true
      show()
      return
    }
    arrived(page.lines)
    append(page)
    hasGrown ||= !page.atEnd && page.lines.length > 0
    if (window.bytesAfter > skipBytes) await showEnd()
    await promiseTimeout(frame)
  }
  async function countNew(): Promise<void> {
    if (newLines.value >= mostNewLines) {
      hasGrown = false
      return
    }
    hasGrown = false
    const page = await read('newer', counted, pageLines * 10)
    counted = page.positions
    newLines.value += page.lines.length
    arrived(page.lines)
    hasGrown ||= !page.atEnd && page.lines.length > 0
    await promiseTimeout(countPause)
  }

  /** Shows the last lines. */
  async function showEnd(): Promise<void> {
    await showAround((await api.logs.seek({ viewId, to: { part: 1 } })).positions)
  }

  /** Shows the last lines and follows. */
  async function toEnd(): Promise<void> {
    following.value = true
    if (!window.atEnd || newLines.value > 0) await attempt(showEnd)
    void pump()
  }
  /** Shows the lines from a moment on, or from a part of the logs. Returns the index of the first of these rows. */
  async function jump(to: { time: number } | { part: number }): Promise<number | undefined> {
    following.value = false
    const index = await attempt(async () => showAround((await api.logs.seek({ viewId, to })).positions))
    if (window.atEnd) void pump()
    return index
  }
  /** Shows the lines around a line. Returns the index of the row. */
  async function jumpToLine({ log, position, time }: LogRecord): Promise<number | undefined> {
    following.value = false
    await attempt(async () => {
      const { positions } = await api.logs.seek({ viewId, to: { time } })
      return showAround(positions.map((other, index) => (index === log ? position : other)))
    })
    const index = rows.value.findIndex((row) => row.log === log && row.position === position)
    return index < 0 ? undefined : index
  }

  function clear(): void {
    open.clear()
    window.clear()
    isCleared = true
    show()
  }

  function onEvent(event: LogViewEvent): void {
    if (event.type === 'grown') {
      hasGrown = true
      if (isReady.value) void pump()
    } else if (event.type === 'open') {
      const { log, stream, text, time } = event
      const key = `${stream} ${String(log)}`
      if (text === '') open.delete(key)
      else {
        const end = window.end[log] ?? 0
        open.set(key, {
          log,
          stream,
          text,
          time,
          position: end,
          next: end,
          number: -1,
          style: plainStyle,
          key,
        })
      }
      show()
    }
  }
  async function onOpened(event: Extract<LogViewEvent, { type: 'opened' }>): Promise<void> {
    const top = window.lines[0]
    const last = window.lines.at(-1)
    viewId = event.viewId
    unreadable.value = event.unreadable
    open.clear()
    // After a lost connection, the positions may have changed. The times have not.
    if (isReady.value && !following.value && top !== undefined) {
      const { positions } = await api.logs.seek({ viewId, to: { time: top.time } })
      const page = await read('newer', positions, Math.min(5_000, window.lines.length + pageLines))
      keepPlace(() => {
        window.reset({ ...page, lines: [], positions, atStart: false }, page)
        counted = window.atEnd ? window.end : window.ends
        show()
      })
    } else if (isReady.value && isCleared) {
      const { positions } = await api.logs.seek({ viewId, to: { time: (last?.time ?? Date.now()) + 1 } })
      window.append({ lines: [], positions, bounds: event.bounds, atStart: false, atEnd: true })
      counted = positions
      hasGrown = true
    } else await showAround(event.positions)
    error.value = undefined
    isReady.value = true
    void pump()
  }
  async function follow(): Promise<void> {
    const run = new AbortController()
    const signal = AbortSignal.any([unmounted.signal, run.signal])
    const stop = connection.onChange((status) => {
      if (status !== 'open')
        setTimeout(() => {
          run.abort()
        }, 0)
    })
    try {
      for await (const event of await api.logs.open({ names: [...names] }, { signal }))
        if (event.type === 'opened') await onOpened(event)
        else onEvent(event)
    } finally {
      stop()
    }
  }
  async function run(): Promise<void> {
    const { signal } = unmounted
    while (!isAborted(signal)) {
      await connection.whenOpen(signal)
      if (isAborted(signal)) return
      try {
        await follow()
      } catch (failure) {
        if (isAborted(signal)) return
        if (connection.status === 'open') error.value = toBerthError(failure)
      }
      await promiseTimeout(reopenPause)
    }
  }

  void run()
  onScopeDispose(() => {
    unmounted.abort()
  })

  return {
    rows,
    isReady,
    atStart,
    atEnd,
    following,
    newLines,
    unreadable,
    error,
    loadOlder,
    showOlder,
    loadNewer,
    fail,
    toEnd,
    jump,
    jumpToLine,
    clear,
    viewId: () => viewId,
    ends: () => window.ends,
    partBefore: (rowIndex: number) => window.partBefore(rowIndex),
  }
}
