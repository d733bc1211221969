import { useTimeoutFn } from '@vueuse/core'
import { computed, ref, watch } from 'vue'

/** Milliseconds without input after which the field that the user types in shows its problem. */
const pauseMs = 500

/** The values of all fields by their paths, such as `ports.0.hostPort`. */
function fieldValues(fields: unknown, path = ''): Map<string, unknown> {
  if (typeof fields !== 'object' || fields === null) return new Map([[path, fields]])
  const entries = Object.entries(fields).flatMap(([key, value]: [string, unknown]) => [
    ...fieldValues(value, path === '' ? key : `${path}.${key}`),
  ])
  return new Map(entries)
}

/**
 * Decides when a field shows its problem: when the user pauses or continues in another field, and in all fields after
 * an attempt to submit. A problem that is solved disappears immediately.
 *
 * @param fields the values of the form: an object or array of them, nested at will
 * @param check the problems by the path of their field
 */
export function useFieldProblems<Problem>(fields: () => object, check: () => Record<string, Problem>) {
  const problems = computed(check)
  const left = ref(new Set<string>())
  const submitted = ref(false)
  let edited = new Set<string>()

  const pause = useTimeoutFn(leave, pauseMs, { immediate: false })
  function leave(): void {
    left.value = new Set([...left.value, ...edited])
    edited = new Set()
  }
  watch(
    () => fieldValues(fields()),
    (now, before) => {
      const changed = [...now.keys()].filter((path) => now.get(path) !== before.get(path))
      // Blank fields of a new row are not input.
      const typed = changed.filter((path) => before.has(path) || now.get(path) !== '')
      if ([...edited].some((path) => !typed.includes(path))) leave()
      left.value = new Set([...left.value].filter((path) => now.has(path)))
      edited = new Set(typed)
      pause.start()
    },
  )

  /** The problem of a field, once it is to be shown. */
  function problem(path: string): Problem | undefined {
    return submitted.value || left.value.has(path) ? problems.value[path] : undefined
  }
  /** Called by a submission: shows every problem. Returns true if there is none. */
  function submittable(): boolean {
    submitted.value = true
    return Object.keys(problems.value).length === 0
  }

  return { problem, submittable }
}
