/** How long Berth keeps measurements, in milliseconds. */
export const historyMs = 5 * 60_000
/** The most points of a container's history. There is at most one point a second. */
export const historyPoints = historyMs / 1000
/** Milliseconds between two measurements while a window shows them, and while windows are open but show none. */
export const measuringPace = { shown: 1_000, open: 5_000 } as const
