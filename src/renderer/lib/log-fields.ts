/** A line of JSON, or the fields of one. */
export interface LogFields {
  /** The text that a person wants to read first. */
  message: string
  /** The other fields, in their order. Nested values are JSON. */
  fields: { name: string; value: string }[]
}

/** The fields that hold the message, most usual first. */
const messageFields = ['msg', 'message', '@m', 'event', 'text', 'error', 'err']

/** Returns the fields of a line that is one JSON object with a message. Undefined for any other line. */
export function fieldsOf(text: string): LogFields | undefined {
  const trimmed = text.trim()
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined
  let value: unknown
  try {
    value = JSON.parse(trimmed)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const entries = Object.entries(value)
  const names = new Map<string, unknown>(entries)
  const messageField = messageFields.find((name) => typeof names.get(name) === 'string')
  if (messageField === undefined) return undefined
  return {
    message: valueText(names.get(messageField)),
    fields: entries
      .filter(([name]) => name !== messageField)
      .map(([name, each]) => ({ name, value: valueText(each) })),
  }
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
