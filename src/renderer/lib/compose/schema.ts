import composeSpec from '../../../../node_modules/dclint/schemas/compose.schema.json'

/** The part of JSON Schema that the schema of the Compose Specification uses. A unit test keeps this list complete. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: (string | number | boolean | null)[]
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  /** Always false where it is present. */
  additionalProperties?: boolean
  items?: Schema
  oneOf?: Schema[]
  required?: string[]
  pattern?: string
  minimum?: number
  maximum?: number
  uniqueItems?: boolean
  deprecated?: boolean
  description?: string
}

/*
 * The schema of the Compose Specification (github.com/compose-spec/compose-spec, Apache-2.0). The package `dclint` has
 * a copy of it, but does not name the file in its `exports`. So this module imports the file by its path.
 */
export const composeSchema: Schema = composeSpec
const definitions = new Map<string, Schema>(Object.entries(composeSpec.definitions))

/** A step on the way to a place in a file: the key of a map, or the index of a list. */
export type PathStep = string | number
/** The way from the top of a file to a place in it. */
export type YamlPath = readonly PathStep[]

/** The schemas that a value may have, without references and choices. Most values have one. */
export function alternatives(schema: Schema): Schema[] {
  if (schema.$ref !== undefined) {
    const target = definitions.get(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1))
    return target === undefined ? [] : alternatives(target)
  }
  return schema.oneOf === undefined ? [schema] : schema.oneOf.flatMap(alternatives)
}

export function typesOf({ type, properties, patternProperties, items }: Schema): string[] {
  if (type !== undefined) return [type].flat()
  if (properties !== undefined || patternProperties !== undefined) return ['object']
  return items === undefined ? [] : ['array']
}

/** The schema for a key of a map. Undefined if the map may not have this key. */
export function keySchema(map: Schema, key: string): Schema | undefined {
  if (map.properties !== undefined && Object.hasOwn(map.properties, key)) return map.properties[key]
  for (const [pattern, schema] of Object.entries(map.patternProperties ?? {}))
    if (new RegExp(pattern, 'u').test(key)) return schema
  return map.additionalProperties === false ? undefined : {}
}

/** The schemas that the value at a place may have. Empty for a place that the schema does not know. */
export function schemasAt(path: YamlPath): Schema[] {
  return path.reduce<Schema[]>(
    (schemas, step) =>
      schemas
        .flatMap((schema) => {
          const next = typeof step === 'number' ? schema.items : keySchema(schema, step)
          return next ?? []
        })
        .flatMap(alternatives),
    [composeSchema],
  )
}

/** A key that a map may have, and what it means. */
export interface KnownKey {
  name: string
  schema: Schema
}

/** The keys that a map at this place may have, except names that users choose. */
export function knownKeys(path: YamlPath): KnownKey[] {
  const keys = new Map<string, KnownKey>()
  for (const { properties } of schemasAt(path))
    for (const [name, schema] of Object.entries(properties ?? {}))
      if (!keys.has(name)) keys.set(name, { name, schema })
  return [...keys.values()]
}

/** What the schema says about a key. */
export interface KeyDescription {
  /** Where the key is in the schema: the definition and the keys below it, such as `service.build.args`. */
  place: string
  english: string
}

/** The descriptions of all keys, by the key's schema. */
export const keyDescriptions: ReadonlyMap<Schema, KeyDescription> = new Map(
  [['', composeSchema] as const, ...definitions].flatMap(([name, schema]) => described(schema, name)),
)

function described(schema: Schema, place: string): [Schema, KeyDescription][] {
  const keys = Object.entries(schema.properties ?? {}).flatMap(([key, inner]): [Schema, KeyDescription][] => {
    const inside = place === '' ? key : `${place}.${key}`
    const own: [Schema, KeyDescription][] =
      inner.description === undefined ? [] : [[inner, { place: inside, english: inner.description }]]
    return [...own, ...described(inner, inside)]
  })
  const others = [
    ...Object.values(schema.patternProperties ?? {}),
    ...(schema.oneOf ?? []),
    ...(schema.items === undefined ? [] : [schema.items]),
  ]
  return [...keys, ...others.flatMap((inner) => described(inner, place))]
}

export function descriptionOf(path: YamlPath): KeyDescription | undefined {
  const name = path.at(-1)
  const key = knownKeys(path.slice(0, -1)).find((one) => one.name === name)
  return key === undefined ? undefined : keyDescriptions.get(key.schema)
}

/** What users write after a key: something on the same line, a list, or a map. */
export function shapeOf(schema: Schema): 'value' | 'list' | 'map' {
  const found = alternatives(schema)
  const types = new Set(found.flatMap(typesOf))
  if (['string', 'number', 'integer', 'boolean'].some((type) => types.has(type))) return 'value'
  if (types.has('array') && types.has('object')) {
    // `environment` and `labels` are free maps. `depends_on` and `networks` are lists of names in most files.
    const isFree = found.some(({ patternProperties }) =>
      Object.keys(patternProperties ?? {}).some((pattern) => pattern === '.+'),
    )
    return isFree ? 'map' : 'list'
  }
  if (types.has('array')) return 'list'
  return types.has('object') ? 'map' : 'value'
}
