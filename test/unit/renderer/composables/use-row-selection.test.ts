import { describe, expect, it } from 'vitest'
import { ref, shallowRef } from 'vue'
import { useRowSelection } from '../../../../src/renderer/composables/use-row-selection'

function table(rows = ['a', 'b', 'c', 'd', 'e']) {
  const keys = ref(rows)
  const selected = shallowRef<ReadonlySet<string>>(new Set())
  const selection = useRowSelection({
    keys,
    selected: () => selected.value,
    change: (next) => {
      selected.value = next
    },
  })
  return { keys, selection, names: () => [...selected.value].sort().join('') }
}

describe('the selection of a table', () => {
  it('is a row, or a range from the last selected row in either direction', () => {
    const { selection, names } = table()
    selection.toggle('c')
    selection.extendTo('e')
    expect(names()).toBe('cde')
    selection.extendTo('b')
    expect(names()).toBe('bcde')
    selection.toggle('d')
    expect(names()).toBe('bce')
  })

  it('begins a range at the row itself if the first row of the range is gone', () => {
    const { keys, selection, names } = table()
    selection.toggle('a')
    keys.value = ['b', 'c', 'd']
    selection.extendTo('c')
    expect(names()).toBe('ac')
    selection.extendTo('d')
    expect(names()).toBe('acd')
  })

  it('keeps hidden rows when all shown rows are selected', () => {
    const { keys, selection, names } = table()
    selection.toggle('e')
    keys.value = ['a', 'b']
    expect(selection.stateOf()).toBe('false')
    selection.selectAll()
    expect(names()).toBe('abe')
    expect(selection.stateOf()).toBe('true')
    selection.toggleAll()
    expect(names()).toBe('e')
  })

  it('reports a part of a section as mixed', () => {
    const { selection } = table()
    selection.toggle('a')
    expect(selection.stateOf(['a', 'b'])).toBe('mixed')
    selection.toggleAll(['a', 'b'])
    expect(selection.stateOf(['a', 'b'])).toBe('true')
    expect(selection.stateOf([])).toBe('false')
  })
})
