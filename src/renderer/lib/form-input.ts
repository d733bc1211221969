/** A row of a form and its position, by which the form finds the row of a problem. */
export interface FilledRow<T> {
  row: T
  index: number
}

/** Returns the rows of a form in which one of `fields` is not blank. */
export function filled<T extends object>(rows: readonly T[], fields: readonly (keyof T)[]): FilledRow<T>[] {
  return rows
    .map((row, index) => ({ row, index }))
    .filter(({ row }) => fields.some((field) => String(row[field]).trim() !== ''))
}

/** Splits the text of a field at spaces and commas. */
export function listed(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '')
}
