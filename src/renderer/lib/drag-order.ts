/** A place in a list: directly before or after the item with this key. */
export interface DropPlace {
  key: string
  side: 'before' | 'after'
}

/** An item of a horizontal list, and where it is on the screen, in pixels. */
export interface DragItem {
  key: string
  left: number
  width: number
}

/**
 * Returns the place at which an item lands if the user drops it at `x`. Undefined if it would stay where it is.
 * `items` are in their order.
 */
export function dropPlace(items: readonly DragItem[], dragged: string, x: number): DropPlace | undefined {
  const found = items.findIndex(({ left, width }) => x < left + width / 2)
  const at = found === -1 ? items.length : found
  const from = items.findIndex(({ key }) => key === dragged)
  if (from === -1 || at === from || at === from + 1) return undefined
  const next = items[at]
  if (next !== undefined) return { key: next.key, side: 'before' }
  const last = items.at(-1)
  return last && { key: last.key, side: 'after' }
}

/** Returns the keys after one of them has moved to a place. */
export function moveTo(keys: readonly string[], moved: string, { key, side }: DropPlace): string[] {
  if (moved === key || !keys.includes(moved)) return [...keys]
  const others = keys.filter((other) => other !== moved)
  const index = others.indexOf(key)
  if (index === -1) return [...keys]
  others.splice(side === 'before' ? index : index + 1, 0, moved)
  return others
}
