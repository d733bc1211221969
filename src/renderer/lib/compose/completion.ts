import { type Cursor, cursorAt, type CursorPlace } from './cursor'
import type { ProjectNames } from './project-names'
import { namesAt } from './references'
import { alternatives, knownKeys, schemasAt, shapeOf, typesOf, type YamlPath } from './schema'
import { commonValues, sourceAt } from './suggestions'

export interface Suggestion {
  label: string
  kind: 'key' | 'value' | 'name'
  /** The text that replaces the word. Later lines have no indentation of their line yet. */
  insert: string
  /** The types of a key's value, as names of texts in `projectFiles.type`. */
  types: readonly string[]
  /** The key that the description is about. Undefined for a value. */
  keyPath?: YamlPath
}

export interface Suggestions {
  /** Positions in the text, UTF-16 code units. */
  from: number
  to: number
  list: Suggestion[]
}

/** What completion knows about the project, beside the text of the file. */
export interface CompletionContext {
  project: ProjectNames
  /** The tags of the local images. */
  images: readonly string[]
  /** The files of the project's folder, as names. */
  envFiles: readonly string[]
  dockerfiles: readonly string[]
}

/** What users can write at a position of a compose file. Undefined if there is nothing to suggest. */
export function composeSuggestions(
  text: string,
  position: number,
  context: CompletionContext,
): Suggestions | undefined {
  const cursor = cursorAt(text, position)
  if (cursor === undefined) return undefined
  const list = cursor.places.flatMap((place) =>
    place.kind === 'key' ? keySuggestions(place, cursor, context) : valueSuggestions(place.path, context),
  )
  return list.length === 0 ? undefined : { from: cursor.from, to: cursor.to, list }
}

function keySuggestions(
  { path, present, hasColon }: Extract<CursorPlace, { kind: 'key' }>,
  { inFlow }: Cursor,
  context: CompletionContext,
): Suggestion[] {
  const keys = knownKeys(path).filter(
    ({ name, schema }) => !present.includes(name) && schema.deprecated !== true,
  )
  const known = keys.map(({ name, schema }): Suggestion => {
    const shape = inFlow ? 'value' : shapeOf(schema)
    const after = { value: ': ', list: ':\n  - ', map: ':\n  ' }[shape]
    return {
      label: name,
      kind: 'key',
      insert: hasColon ? name : `${name}${after}`,
      types: [...new Set(alternatives(schema).flatMap(typesOf))],
      keyPath: [...path, name],
    }
  })
  const names = namesFor([...path, ''], 'key', context).filter(({ label }) => !present.includes(label))
  return [
    ...known,
    ...names.map((name) => ({
      ...name,
      insert: hasColon ? name.insert : `${name.insert}:${inFlow ? ' ' : '\n  '}`,
    })),
  ]
}

function valueSuggestions(path: YamlPath, context: CompletionContext): Suggestion[] {
  const values = new Set<string>(commonValues(path))
  for (const schema of schemasAt(path)) {
    for (const value of schema.enum ?? []) values.add(String(value))
    // A text is allowed beside a Boolean, because a variable is a text.
    if (typesOf(schema).includes('boolean')) for (const value of ['true', 'false']) values.add(value)
  }
  const last = path.at(-1)
  const parent = path.slice(0, -1)
  // A place of a free map, such as `environment`, allows Booleans too. Suggestions would only disturb there.
  const isFree = typeof last === 'string' && !knownKeys(parent).some(({ name }) => name === last)
  const source = sourceAt(path)
  const sources =
    source === undefined
      ? []
      : { image: context.images, env: context.envFiles, dockerfile: context.dockerfiles }[source]
  const plain = isFree && commonValues(path).length === 0 ? [] : [...values]
  return [
    ...plain.map((label): Suggestion => ({ label, kind: 'value', insert: label, types: [] })),
    ...sources.map((label): Suggestion => ({ label, kind: 'name', insert: label, types: [] })),
    ...namesFor(path, 'value', context),
  ]
}

function namesFor(path: YamlPath, role: 'key' | 'value', { project }: CompletionContext): Suggestion[] {
  const place = namesAt(path, role)
  if (place === undefined) return []
  // A service does not refer to itself.
  const [, own] = path
  const names = [...(project.names.get(place.part) ?? [])].filter(
    (name) => place.part !== 'services' || name !== own,
  )
  return names.map((name): Suggestion => {
    const label = `${place.before}${name}`
    const isMount = place.part === 'volumes' && typeof path.at(-1) === 'number'
    return { label, kind: 'name', insert: isMount ? `${label}:/` : label, types: [] }
  })
}
