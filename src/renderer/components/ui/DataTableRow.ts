import { computed, defineComponent, h, type PropType, type VNode } from 'vue'
import type { TableColumn } from '../../lib/table'

/** A slot of the table for the cells of a column, or for the buttons of a row. */
type CellSlot = (cell: { row: unknown; tabindex: number; columns: Set<string> }) => VNode[]

const rowClass =
  'group absolute inset-x-0 grid h-10 items-center gap-x-3 border-b border-muted px-5 hover:bg-(--berth-row-hover) ' +
  'focus-visible:bg-(--berth-row-hover) focus-visible:-outline-offset-2'

/**
 * A row of a DataTable. It renders again only if something in this row has changed, because a scrolling table renders
 * again with every frame. So it gets the table's slots as a property: Vue renders a component with forwarded slots
 * again whenever its parent is.
 */
export default defineComponent({
  name: 'DataTableRow',
  props: {
    row: { type: Object as PropType<unknown>, required: true },
    index: { type: Number, required: true },
    /** Pixels from the top of the table's body. */
    start: { type: Number, required: true },
    tabindex: { type: Number, required: true },
    label: { type: String, required: true },
    columns: { type: Array as PropType<readonly TableColumn<never>[]>, required: true },
    template: { type: String, required: true },
    cells: { type: Object as PropType<Readonly<Record<string, CellSlot | undefined>>>, required: true },
  },
  setup(props) {
    const keys = computed(() => new Set(props.columns.map(({ key }) => key)))
    return () => {
      const cell = { row: props.row, tabindex: props.tabindex, columns: keys.value }
      return h(
        'div',
        {
          role: 'row',
          'aria-rowindex': props.index + 2,
          'aria-label': props.label,
          'data-row': props.index,
          tabindex: props.tabindex,
          class: rowClass,
          style: {
            gridTemplateColumns: props.template,
            transform: `translateY(${String(props.start)}px)`,
          },
        },
        [
          ...props.columns.map(({ key, align }) =>
            h(
              'div',
              { key, role: 'gridcell', class: align === 'end' ? 'min-w-0 text-end' : 'min-w-0' },
              props.cells[`cell-${key}`]?.(cell),
            ),
          ),
          h(
            'div',
            { key: '', role: 'gridcell', class: 'flex justify-end gap-0.5' },
            props.cells.actions?.(cell),
          ),
        ],
      )
    }
  },
})
