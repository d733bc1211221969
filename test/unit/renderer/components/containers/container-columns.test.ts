import { describe, expect, it } from 'vitest'
import { containerColumns } from '../../../../../src/renderer/components/containers/container-columns'
import { columnsFor } from '../../../../../src/renderer/lib/table'

describe('containerColumns', () => {
  const columns = containerColumns(
    (key) => key,
    () => undefined,
  )
  /** The padding, the checkboxes and the buttons of a row, in pixels. */
  const reserved = 172

  it('shows the status beside the name in a window of 480 px', () => {
    const navigation = 56
    const shown = columnsFor(columns, 480 - navigation, reserved)
    expect(shown.map(({ key }) => key)).toEqual(['name', 'status'])
  })
})
