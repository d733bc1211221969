const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const mark = '\u0000integer:'
/** What {@link mark} is in JSON text. */
const marked = /"\\u0000integer:(-?\d+)"/g

/**
 * What JSON text stands for, with the integers kept that a JavaScript number cannot hold (Go has 64 bits for them, and docker
 * clients send e.g. 9223372036854775807 for "no limit"): they become marked strings, which {@link stringifyJson}
 * turns back. Undefined when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(token, keepInteger))
  } catch {
    return undefined
  }
}

export function stringifyJson(value: unknown): string {
  return JSON.stringify(value).replace(marked, '$1')
}

function keepInteger(found: string): string {
  if (!/^-?\d+$/.test(found) || Number.isSafeInteger(Number(found))) return found
  return JSON.stringify(mark + found)
}
