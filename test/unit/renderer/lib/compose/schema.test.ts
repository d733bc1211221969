import { describe, expect, it } from 'vitest'
import { composeKeys } from '../../../../../src/shared/i18n/ko/compose-keys'
import {
  composeSchema,
  descriptionOf,
  keyDescriptions,
  knownKeys,
  schemasAt,
  shapeOf,
  type Schema,
} from '../../../../../src/renderer/lib/compose/schema'
import schemaFile from '../../../../../node_modules/dclint/schemas/compose.schema.json'

/** Every schema in the file, with its place. */
function* schemas(node: object, place = '#'): Generator<{ place: string; schema: object }> {
  yield { place, schema: node }
  for (const [keyword, value] of Object.entries(node) as [string, unknown][]) {
    if (typeof value !== 'object' || value === null) continue
    const isMap = ['properties', 'patternProperties', 'definitions'].includes(keyword)
    if (!isMap && !['items', 'oneOf'].includes(keyword)) continue
    const inner = isMap || keyword === 'oneOf' ? Object.entries(value) : [['', value]]
    for (const [name, schema] of inner as [string, object][])
      yield* schemas(schema, `${place}/${keyword}/${name}`)
  }
}
const all = [...schemas(schemaFile)]

describe('the schema of the Compose Specification', () => {
  it('uses no keyword that the editor does not know', () => {
    const known = new Set([
      ...[
        '$ref',
        'type',
        'enum',
        'properties',
        'patternProperties',
        'additionalProperties',
        'items',
        'oneOf',
      ],
      ...['required', 'pattern', 'minimum', 'maximum', 'uniqueItems', 'deprecated', 'description'],
      // These say nothing about whether a file is valid.
      ...['$schema', '$id', 'title', 'default', 'definitions'],
    ])
    const unknown = all.flatMap(({ place, schema }) =>
      Object.keys(schema)
        .filter((keyword) => !known.has(keyword))
        .map((keyword) => `${place}/${keyword}`),
    )
    expect(unknown).toEqual([])
  })

  it('allows additional keys nowhere by a schema of their own, and every reference leads somewhere', () => {
    for (const { schema } of all as { schema: Schema }[]) {
      if (schema.additionalProperties !== undefined) expect(schema.additionalProperties).toBe(false)
      if (schema.$ref !== undefined)
        expect(Object.keys(schemaFile.definitions)).toContain(schema.$ref.replace('#/definitions/', ''))
    }
  })

  it('has only patterns that a browser understands', () => {
    for (const { schema } of all as { schema: Schema }[])
      for (const pattern of [schema.pattern ?? '', ...Object.keys(schema.patternProperties ?? {})])
        expect(() => new RegExp(pattern, 'u')).not.toThrow()
  })
})

it('finds the keys at a place', () => {
  const names = (...path: (string | number)[]) => knownKeys(path).map(({ name }) => name)
  expect(names()).toContain('services')
  expect(names('services', 'web')).toContain('image')
  expect(names('services', 'web', 'build', 'secrets', 0)).toEqual(['source', 'target', 'uid', 'gid', 'mode'])
  expect(names('services', 'web', 'environment')).toEqual([])
  expect(names('x-own', 'any')).toEqual([])
  expect(schemasAt(['nothing'])).toEqual([])
})

it('knows what follows a key', () => {
  const shapes = new Map(knownKeys(['services', 'web']).map(({ name, schema }) => [name, shapeOf(schema)]))
  for (const [name, shape] of [
    ...(['image', 'command', 'build', 'privileged', 'cpus'] as const).map((one) => [one, 'value'] as const),
    ...(['ports', 'volumes', 'depends_on', 'networks', 'profiles'] as const).map(
      (one) => [one, 'list'] as const,
    ),
    ...(['environment', 'labels', 'healthcheck', 'deploy', 'logging'] as const).map(
      (one) => [one, 'map'] as const,
    ),
  ])
    expect([name, shapes.get(name)]).toEqual([name, shape])
  expect(shapeOf(composeSchema)).toBe('map')
})

describe('the descriptions of keys', () => {
  it('exist in Korean for every key that the schema describes, and for no other', () => {
    const places = [...keyDescriptions.values()].map(({ place }) => place)
    expect(Object.keys(composeKeys).sort()).toEqual([...new Set(places)].sort())
    const untranslated = Object.entries(composeKeys).filter(([, text]) => !/[\uac00-\ud7a3]/.test(text))
    expect(untranslated).toEqual([])
  })

  it('are found by the place in a file', () => {
    const place = (...path: (string | number)[]) => descriptionOf(path)?.place
    expect(place('services')).toBe('services')
    expect(place('services', 'web', 'image')).toBe('service.image')
    expect(place('services', 'web', 'healthcheck', 'test')).toBe('healthcheck.test')
    expect(place('services', 'web', 'depends_on', 'db', 'condition')).toBe('service.depends_on.condition')
    expect(place('services', 'web', 'volumes', 0, 'bind', 'selinux')).toBe('service.volumes.bind.selinux')
    expect(place('services', 'web')).toBeUndefined()
    expect(descriptionOf(['networks', 'front', 'driver'])?.english).toMatch(/driver/)
  })
})
