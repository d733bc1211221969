/**
 * Returns the index of the tab to which a key moves, in a strip of `count` tabs. The arrow keys continue at the other
 * end of the strip.
 */
export function nextTab(key: string, index: number, count: number): number | undefined {
  if (count === 0) return undefined
  if (key === 'ArrowRight') return (index + 1) % count
  if (key === 'ArrowLeft') return (index + count - 1) % count
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : undefined
}
