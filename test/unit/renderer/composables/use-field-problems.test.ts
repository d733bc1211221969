import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'
import { useFieldProblems } from '../../../../src/renderer/composables/use-field-problems'

describe('useFieldProblems', () => {
  let scope: EffectScope
  beforeEach(() => {
    vi.useFakeTimers()
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  /** A form with a name and rows. The text `bad` is a problem in every field. */
  function form() {
    const fields = ref({ name: '', rows: [] as { value: string }[] })
    const check = (): Record<string, string> => ({
      ...(fields.value.name === 'bad' ? { name: 'wrong' } : {}),
      ...Object.fromEntries(
        fields.value.rows.flatMap(({ value }, index) =>
          value === 'bad' ? [[`rows.${String(index)}.value`, 'wrong']] : [],
        ),
      ),
    })
    const problems = scope.run(() => useFieldProblems(() => fields.value, check))
    if (problems === undefined) throw new Error('the scope has ended')
    return { fields, ...problems }
  }

  it('shows the problem of a field when the user stops typing, before any submission', async () => {
    const { fields, problem } = form()
    fields.value.name = 'bad'
    await nextTick()
    expect(problem('name')).toBeUndefined()
    vi.advanceTimersByTime(400)
    fields.value.name = 'ba'
    await nextTick()
    fields.value.name = 'bad'
    await nextTick()
    vi.advanceTimersByTime(400)
    expect(problem('name')).toBeUndefined()
    vi.advanceTimersByTime(200)
    expect(problem('name')).toBe('wrong')
    fields.value.name = 'good'
    expect(problem('name')).toBeUndefined()
  })

  it('shows the problem of a field immediately when the user edits another field', async () => {
    const { fields, problem } = form()
    fields.value.rows.push({ value: '' })
    await nextTick()
    fields.value.name = 'bad'
    await nextTick()
    fields.value.rows = [{ value: 'b' }]
    await nextTick()
    expect(problem('name')).toBe('wrong')
  })

  it('forgets a removed row, so that a new row in its place shows no problem yet', async () => {
    const { fields, problem } = form()
    fields.value.rows.push({ value: 'bad' })
    await nextTick()
    vi.runAllTimers()
    expect(problem('rows.0.value')).toBe('wrong')
    fields.value.rows = []
    await nextTick()
    fields.value.rows.push({ value: 'bad' })
    await nextTick()
    expect(problem('rows.0.value')).toBeUndefined()
  })

  it('shows every problem after an attempt to submit', () => {
    const { fields, problem, submittable } = form()
    expect(submittable()).toBe(true)
    fields.value.name = 'bad'
    expect(problem('name')).toBe('wrong')
    expect(submittable()).toBe(false)
  })
})
