import UIcon from '@nuxt/ui/components/Icon.vue'
import { h, type FunctionalComponent } from 'vue'

interface RowCheckboxProps {
  label: string
  checked: 'true' | 'false' | 'mixed'
  tabindex: number
}

const shapes = { true: 'i-lucide-check', mixed: 'i-lucide-minus' } as const

/**
 * The checkbox of a table row. This is a button and not an `<input>`: a click with Shift selects a range, and the
 * browser would change the state of an `<input>` by itself. The table handles the click.
 */
export const RowCheckbox: FunctionalComponent<RowCheckboxProps> = ({ label, checked, tabindex }) =>
  h(
    'button',
    {
      type: 'button',
      role: 'checkbox',
      'aria-checked': checked,
      'aria-label': label,
      'data-select': '',
      tabindex,
      class: [
        'flex size-4 items-center justify-center rounded-sm ring ring-inset',
        checked === 'false'
          ? 'ring-accented hover:ring-inverted/60'
          : 'bg-primary text-inverted ring-primary',
      ],
    },
    checked === 'false' ? [] : [h(UIcon, { name: shapes[checked], class: 'size-3.5' })],
  )
RowCheckbox.props = ['label', 'checked', 'tabindex']
