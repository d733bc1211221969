/**
 * Gives the rows on the screen their elements, by number. A row keeps its element. A row that comes into sight gets the
 * element of one that has left, because changing an element takes much less time than making one.
 */
export class ElementPool {
  #assigned = new Map<string, number>()

  /** The rows with their elements. A key may not occur twice. */
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
