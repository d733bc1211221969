import type { Payload } from './source'

/** Consecutive payloads are merged up to this size, so that the echo of each keystroke does not need its own item. */
const mergeUnits = 8_192
/** The cost of an entry in addition to its text, in units. It covers the names, numbers and quotes in the JSON. */
const recordUnits = 32

interface Item {
  start: number
  end: number
  payload: Payload
}

export interface Part {
  payload: Payload
  /** The position after the payload. */
  end: number
}

/**
 * The last `capacity` units of a session. A unit is one UTF-16 unit of text. An entry costs some more (see `costOf`). A
 * position is the number of units since the session's beginning.
 */
export class ReplayBuffer {
  readonly #items: Item[] = []
  #end = 0

  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The position of the first unit still held. */
  get start(): number {
    return this.#items[0]?.start ?? this.#end
  }

  get end(): number {
    return this.#end
  }

  append(payload: Payload): void {
    const start = this.#end
    this.#end += costOf(payload)
    const last = this.#items.at(-1)
    if (last !== undefined && this.#end - last.start <= mergeUnits && merge(last.payload, payload))
      last.end = this.#end
    else this.#items.push({ start, end: this.#end, payload })
    while (this.#items.length > 1 && this.#end - this.start > this.#capacity) this.#items.shift()
  }

  /** The items after `position`, up to about `units` units; undefined when there are none. */
  read(position: number, units: number): Part | undefined {
    const first = this.#items.findIndex((item) => item.end > position)
    const head = this.#items[first]
    if (head === undefined) return undefined
    const part: Part = { payload: after(head.payload, position - head.start), end: head.end }
    for (const item of this.#items.slice(first + 1)) {
      if (item.end - position > units || !merge(part.payload, item.payload)) break
      part.end = item.end
    }
    return part
  }
}

function costOf(payload: Payload): number {
  switch (payload.type) {
    case 'output':
      return payload.text.length
    case 'logs':
      return payload.entries.reduce((sum, entry) => sum + entry.text.length + recordUnits, 0)
  }
}

/** Appends `next` to `payload`. False if the two payloads cannot be one event. */
function merge(payload: Payload, next: Payload): boolean {
  if (payload.type === 'output' && next.type === 'output') payload.text += next.text
  else if (payload.type === 'logs' && next.type === 'logs') {
    payload.entries.push(...next.entries)
    payload.position = next.position ?? payload.position
  } else return false
  return true
}

/** A copy of a payload without its first `units` units. A position is never inside an entry. */
function after(payload: Payload, units: number): Payload {
  if (payload.type === 'output') return { type: 'output', text: payload.text.slice(units) }
  let passed = 0
  const index = payload.entries.findIndex((entry) => {
    if (passed >= units) return true
    passed += entry.text.length + recordUnits
    return false
  })
  return { ...payload, entries: index === -1 ? [] : payload.entries.slice(index) }
}
