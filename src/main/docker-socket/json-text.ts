import { parse, stringify } from 'lossless-json'

/**
 * Parses JSON and keeps integers that a JavaScript number cannot hold, as `bigint`. Go has 64-bit integers, and docker
 * clients send e.g. 9223372036854775807 for "no limit". Undefined when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  try {
    // Of two equal keys the last one counts, as in Go and in JSON.parse.
    return parse(text, undefined, { parseNumber, onDuplicateKey: ({ newValue }) => newValue })
  } catch {
    return undefined
  }
}

/** @throws TypeError for a value that JSON cannot express */
export function stringifyJson(value: unknown): string {
  const text = stringify(value)
  if (text === undefined) throw new TypeError('JSON cannot express this value')
  return text
}

function parseNumber(text: string): number | bigint {
  const isLargeInteger = /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text))
  return isLargeInteger ? BigInt(text) : Number(text)
}
