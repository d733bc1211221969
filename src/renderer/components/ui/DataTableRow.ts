import { computed, defineComponent, h, type PropType, type VNode } from 'vue'
import type { TableColumn } from '../../lib/table'
import { RowCheckbox } from './RowCheckbox'

/** A slot of the table that renders the cell of a column or the buttons of a row. */
type CellSlot = (cell: { row: unknown; tabindex: number; columns: Set<string> }) => VNode[]

const rowClass =
  'group absolute inset-x-0 grid h-10 items-center gap-x-3 border-b border-muted px-5 hover:bg-(--berth-row-hover) ' +
  'focus-visible:bg-(--berth-row-hover) focus-visible:-outline-offset-2'
const selectedClass = `${rowClass} bg-primary/8`

/**
 * A row of a DataTable. A scrolling table re-renders in every frame, but a row re-renders only if its own data changes.
 * For this reason the row gets the table's slots as a property. Vue would re-render a component with forwarded slots
 * whenever its parent re-renders.
 */
export default defineComponent({
  name: 'DataTableRow',
  props: {
    row: { type: Object as PropType<unknown>, required: true },
    index: { type: Number, required: true },
    /** The distance from the top of the table's body, in pixels. */
    start: { type: Number, required: true },
    tabindex: { type: Number, required: true },
    label: { type: String, required: true },
    columns: { type: Array as PropType<readonly TableColumn<never>[]>, required: true },
    template: { type: String, required: true },
    cells: { type: Object as PropType<Readonly<Record<string, CellSlot | undefined>>>, required: true },
    /** The label of the row's checkbox. Undefined if the table has no selection. */
    selectLabel: { type: String as PropType<string | undefined>, required: true },
    selected: { type: Boolean, required: true },
  },
  setup(props) {
    const keys = computed(() => new Set(props.columns.map(({ key }) => key)))
    return () => {
      const { row, tabindex, selectLabel, selected } = props
      const cell = { row, tabindex, columns: keys.value }
      const selectCell =
        selectLabel === undefined
          ? []
          : [
              h('div', { key: 'select', role: 'gridcell', class: 'flex' }, [
                h(RowCheckbox, { label: selectLabel, checked: selected ? 'true' : 'false', tabindex }),
              ]),
            ]
      return h(
        'div',
        {
          role: 'row',
          'aria-rowindex': props.index + 2,
          'aria-label': props.label,
          'aria-selected': selectLabel === undefined ? undefined : selected,
          'data-row': props.index,
          tabindex,
          class: selected ? selectedClass : rowClass,
          style: {
            gridTemplateColumns: props.template,
            transform: `translateY(${String(props.start)}px)`,
          },
        },
        [
          ...selectCell,
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
