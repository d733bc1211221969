import { useTimeoutFn } from '@vueuse/core'
import { computed, ref, watch } from 'vue'

/** A field shows its problem after this time without input, in milliseconds. */
const pauseMs = 500

/** Maps the path of each field, such as `ports.0.hostPort`, to its value. */
function fieldValues(fields: unknown, path = ''): Map<string, unknown> {
  if (typeof fields !== 'object' || fields === null) return new Map([[path, fields]])
  const entries = Object.entries(fields).flatMap(([key, value]: [string, unknown]) => [
    ...fieldValues(value, path === '' ? key : `${path}.${key}`),
  ])
  return new Map(entries)
}

/**
 * Decides when a field shows its problem. A field shows its problem if the user stops typing or edits another field.
 * After an attempt to submit, all fields show their problems. A solved problem disappears immediately.
 *
 * @param fields returns the values of the form, as an object or array of any depth
 * @param check returns the current problems. Each key is the path of a field
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
      // The blank fields of a new row do not count as input.
      const typed = changed.filter((path) => before.has(path) || now.get(path) !== '')
      if ([...edited].some((path) => !typed.includes(path))) leave()
      left.value = new Set([...left.value].filter((path) => now.has(path)))
      edited = new Set(typed)
      pause.start()
    },
  )

  /** Returns the problem of a field. Returns undefined if the field should not show a problem yet. */
  function problem(path: string): Problem | undefined {
    return submitted.value || left.value.has(path) ? problems.value[path] : undefined
  }
  /** Called when the user submits the form. Shows all problems, and returns true if there are none. */
  function submittable(): boolean {
    submitted.value = true
    return Object.keys(problems.value).length === 0
  }

  return { problem, submittable }
}
