import { z } from 'zod'

const texts = [
  '',
  ' ',
  '\0',
  '../../etc/passwd',
  '-rf',
  '$(reboot)',
  '`id`; rm -rf / #',
  '<img src=x onerror=alert(1)>',
  '\u202Egnp.exe',
  '\uD800',
  '__proto__',
  'constructor',
  '😀'.repeat(200),
  'A'.repeat(70_000),
  'a\r\nHost: evil',
  '%00%2e%2e%2f',
  '{"type":"snapshot"}',
  'http://169.254.169.254/',
]
const numbers = [-1, 0, 0.5, 65_536, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 1e308]
const odd: unknown[] = [
  null,
  true,
  [],
  {},
  [[[[[]]]]],
  JSON.parse('{"__proto__":{"polluted":true}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
]

/** Returns a value with the shape of the schema and hostile contents, often with further faults. */
export function mutant(schema: z.ZodType, next: () => number): unknown {
  const shape = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })
  return next() < 0.15 ? hostile(next) : sample(shape, next)
}

type Shape = z.core.JSONSchema._JSONSchema

function pick<T>(values: readonly T[], next: () => number): T | undefined {
  return values[Math.floor(next() * values.length)]
}

function hostile(next: () => number): unknown {
  return pick<unknown>([...texts, ...numbers, ...odd], next)
}

function sample(shape: Shape, next: () => number): unknown {
  if (typeof shape === 'boolean' || next() < 0.08) return hostile(next)
  if (shape.const !== undefined) return shape.const
  if (shape.enum !== undefined) return pick(shape.enum, next)
  const choices = shape.anyOf ?? shape.oneOf
  if (choices !== undefined) return sample(pick(choices, next) ?? {}, next)
  if (shape.type === 'object') return sampleObject(shape, next)
  if (shape.type === 'array')
    return Array.from({ length: Math.floor(next() * 4) }, () =>
      sample(Array.isArray(shape.items) ? {} : (shape.items ?? {}), next),
    )
  if (shape.type === 'number' || shape.type === 'integer') return pick(numbers, next)
  if (shape.type === 'boolean') return next() < 0.5
  if (shape.type === 'string') return next() < 0.5 ? 'name' : pick(texts, next)
  return hostile(next)
}

function sampleObject(shape: Exclude<Shape, boolean>, next: () => number): Record<string, unknown> {
  const entries = Object.entries(shape.properties ?? {}).filter(() => next() > 0.05)
  return Object.fromEntries(entries.map(([name, property]) => [name, sample(property, next)]))
}
