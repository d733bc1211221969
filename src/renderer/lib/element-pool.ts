/**
 * Assigns a numbered DOM element to each visible row. While a row is visible, it keeps its element. A new row reuses
 * the element of a row that is no longer visible, because changing an element is much faster than creating one.
 */
export class ElementPool {
  #assigned = new Map<string, number>()

  /** Returns the rows with their element numbers. Each key must be unique. */
  assign<Row extends { key: string }>(rows: readonly Row[]): (Row & { element: number })[] {
    const former = this.#assigned
    const kept = new Set(rows.map(({ key }) => former.get(key)))
    this.#assigned = new Map()
    let free = -1
    return rows.map((row) => {
      let element = former.get(row.key)
      if (element === undefined) {
        do free += 1
        while (kept.has(free))
        element = free
      }
      this.#assigned.set(row.key, element)
      return { ...row, element }
    })
  }
}
