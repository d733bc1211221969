import { useStorage } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { BerthError } from '../../shared/errors'
import { logSearch, queryExpression, type LogQuery } from '../../shared/log-query'
import type { LogPositions, LogRecord, LogSearch } from '../../shared/logs'
import { api, isAborted, toBerthError } from '../api'

/** The lines that one search finds at most. The user can let it continue. */
const hitLimit = 2_000
/** Milliseconds without a keystroke until the search begins. */
const typingPause = 300

/** The search of a log view, which runs in the machine. Ends when the component is unmounted. */
export function useLogSearch({ viewId, text }: { viewId: () => string; text: Ref<string> }) {
  const isRegex = useStorage('berth.logs.regex', false)
  const matchCase = useStorage('berth.logs.matchCase', false)
  /** Oldest first. */
  const hits = shallowRef<readonly LogRecord[]>([])
  const state = ref<'idle' | 'searching' | 'full' | 'done' | 'stopped'>('idle')
  /** The search has looked at all lines since this time. */
  const reached = ref<number | null>(null)
  /** The part of the bytes that the search has looked at: 0 to 1. */
  const progress = ref(0)
  const error = shallowRef<BerthError>()
  let running = new AbortController()
  /** Where a search of the lines further back begins. */
  let next: LogPositions = []

  const query = computed<LogQuery>(() => ({
    text: text.value,
    isRegex: isRegex.value,
    matchCase: matchCase.value,
  }))
  /** Finds the matches in the text of a row. Undefined if there is no search, or if the expression is not valid. */
  const expression = computed(() => {
    if (text.value === '') return undefined
    try {
      return queryExpression(query.value)
    } catch {
      return undefined
    }
  })

  function stop(): void {
    running.abort()
    if (state.value === 'searching') state.value = 'stopped'
  }
  function begin(): void {
    stop()
    hits.value = []
    error.value = undefined
    reached.value = null
    progress.value = 0
    state.value = 'idle'
    if (text.value === '' || viewId() === '') return
    if (expression.value === undefined) {
      error.value = new BerthError('logs.pattern-invalid', { reason: text.value })
      return
    }
    // Without positions, a search begins at the end.
    void run([])
  }
  async function run(positions: LogPositions): Promise<void> {
    const { signal } = (running = new AbortController())
    state.value = 'searching'
    try {
      const search = logSearch(query.value)
      const events = await api.logs.search(
        { viewId: viewId(), search, positions, limit: hitLimit },
        { signal },
      )
      for await (const event of events) {
        if (event.hits.length > 0) hits.value = inOrder([...event.hits, ...hits.value])
        if (event.reached !== null) reached.value = event.reached
        progress.value = event.total === 0 ? 1 : event.searched / event.total
        next = event.positions
        if (event.state !== 'more') state.value = event.state
      }
      // Another search of the same view has ended this one.
      if (state.value === 'searching' && !isAborted(signal)) state.value = 'stopped'
    } catch (failure) {
      if (isAborted(signal)) return
      error.value = toBerthError(failure)
      state.value = 'stopped'
    }
  }
  /** Searches further back. */
  function more(): void {
    void run(next)
  }
  /** Adds the new lines that match. */
  function addNew(lines: readonly LogRecord[]): void {
    const { value: pattern } = expression
    if (pattern === undefined) return
    const found = lines.filter((line) => line.text.search(pattern) >= 0)
    if (found.length > 0) hits.value = [...hits.value, ...found].slice(-5 * hitLimit)
  }
  /** Returns the last line before the positions that matches. */
  async function findLast(search: LogSearch, positions: LogPositions): Promise<LogRecord | undefined> {
    stop()
    const { signal } = (running = new AbortController())
    const found: LogRecord[] = []
    const events = await api.logs.search({ viewId: viewId(), search, positions, limit: 50 }, { signal })
    for await (const event of events) {
      found.push(...event.hits)
      if (found.length > 0) break
    }
    return inOrder(found).at(-1)
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  watch([text, isRegex, matchCase], () => {
    clearTimeout(timer)
    timer = setTimeout(begin, typingPause)
  })
  onScopeDispose(() => {
    clearTimeout(timer)
    running.abort()
  })

  return {
    text,
    isRegex,
    matchCase,
    hits,
    state,
    reached,
    progress,
    error,
    expression,
    begin,
    stop,
    more,
    addNew,
    findLast,
  }
}

function inOrder(lines: LogRecord[]): LogRecord[] {
  return lines.sort((a, b) => a.time - b.time || a.log - b.log || a.position - b.position)
}
