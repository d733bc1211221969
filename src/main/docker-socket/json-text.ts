import { parse, stringify } from 'lossless-json'

/**
 * Parses JSON. An integer that a JavaScript number cannot represent becomes a `bigint`. Go has 64-bit integers, and
 * docker clients send e.g. 9223372036854775807 for "no limit". Returns undefined if the text is not JSON.
 */
export function parseJson(text: string): unknown {
  try {
    // If a key appears twice, the last value counts, as in Go and in JSON.parse.
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
