import type { Ref } from 'vue'

/**
 * Returns the paste handler for the fields of a FormRows row. If the row is blank and `read` finds rows in the pasted
 * text, the found rows replace the blank row. Otherwise the browser pastes the text into the field.
 */
export function useRowPaste<T extends object>(
  rows: Ref<T[]>,
  options: { blank: () => T; read: (text: string) => T[] | undefined },
): (event: ClipboardEvent, index: number) => void {
  const isBlank = (row: T): boolean => JSON.stringify(row) === JSON.stringify(options.blank())

  return (event, index) => {
    const row = rows.value[index]
    if (row === undefined || !isBlank(row)) return
    const found = options.read(event.clipboardData?.getData('text/plain') ?? '')
    if (found === undefined) return
    event.preventDefault()
    rows.value = [...rows.value.slice(0, index), ...found, ...rows.value.slice(index + 1)]
  }
}
