import { isAlias, isMap, isScalar, isSeq, type YAMLError } from 'yaml'
import type { ProjectNames } from './project-names'
import { matches, referenceAt } from './references'
import { alternatives, composeSchema, keySchema, type Schema, typesOf, type YamlPath } from './schema'
import { formatProblem } from './value-formats'
import { type Doc, entriesOf, followed, keysWithMerges, type MapNode, type Node, readYaml } from './yaml'

/** The name of a problem's text in `projectFiles.problem`. */
export type ProblemKind =
  | 'syntax'
  | 'tab'
  | 'indent'
  | 'noKey'
  | 'missingEnd'
  | 'nested'
  | 'duplicateKey'
  | 'unknownKey'
  | 'unknownKeySimilar'
  | 'type'
  | 'choice'
  | 'pattern'
  | 'tooSmall'
  | 'tooLarge'
  | 'missingKey'
  | 'repeatedItem'
  | 'deprecated'
  | 'port'
  | 'duration'
  | 'size'
  | 'keyType'
  | 'unknownAnchor'
  | 'noImage'
  | 'exclusive'
  | 'unknownName'

export interface Problem {
  /** Positions in the text, UTF-16 code units. */
  from: number
  to: number
  severity: 'error' | 'warning'
  kind: ProblemKind
  params: Readonly<Record<string, string>>
  /** For `type`: the types that are allowed, as names of texts in `projectFiles.type`. */
  types?: readonly string[]
}

/**
 * Checks a compose file. Finds faults of YAML, values that the schema does not allow, and names that no file of the
 * project defines. `docker compose config` remains the judge, because it also knows the variables.
 */
export function composeProblems(text: string, project: ProjectNames): Problem[] {
  const problems: Problem[] = []
  for (const doc of readYaml(text)) {
    const faults = doc.errors.map((error) => syntaxProblem(error, text))
    const found: Problem[] = []
    const { contents } = doc
    if (contents !== null && !(isScalar(contents) && contents.value === null))
      new Check(doc, project, found).value(contents, composeSchema, [])
    // Where YAML is broken, other problems are only its consequences.
    const isSound = (one: Problem) => !faults.some(({ from, to }) => one.from < to && from < one.to)
    problems.push(...faults, ...found.filter(isSound))
  }
  return problems
}

const syntaxKinds = new Map<string, ProblemKind>([
  ['TAB_AS_INDENT', 'tab'],
  ['BAD_INDENT', 'indent'],
  ['DUPLICATE_KEY', 'duplicateKey'],
  ['MULTILINE_IMPLICIT_KEY', 'noKey'],
  ['MISSING_CHAR', 'missingEnd'],
  ['BLOCK_AS_IMPLICIT_KEY', 'nested'],
])

function syntaxProblem({ code, pos: [from, to] }: YAMLError, text: string): Problem {
  const kind = syntaxKinds.get(code) ?? 'syntax'
  // The library reports only the first letter of a key.
  const word = kind === 'duplicateKey' ? (/^[^\s:]+/.exec(text.slice(from))?.[0].length ?? 1) : 1
  return { from, to: Math.max(to, from + word), severity: 'error', kind, params: {} }
}

/** An alias may lead to a map that contains the alias. */
const deepest = 40

class Check {
  readonly #doc: Doc
  readonly #project: ProjectNames
  readonly #problems: Problem[]

  constructor(doc: Doc, project: ProjectNames, problems: Problem[]) {
    this.#doc = doc
    this.#project = project
    this.#problems = problems
  }

  /** `at` is the place to report if the value itself has no place, or is another place's value through an alias. */
  value(written: Node | null, schema: Schema, path: YamlPath, at?: Node): void {
    // Compose removes a value with this tag, whatever the value is.
    if (path.length > deepest || written?.tag === '!reset') return
    const node = followed(written, this.#doc)
    if (isAlias(written) && node === null) {
      this.#add(at ?? written, 'unknownAnchor', { name: written.source })
      return
    }
    const place = at ?? (node === written ? undefined : (written ?? undefined))
    if (node !== null && !this.#mayCheck(node)) return
    const choices = alternatives(schema)
    const fitting = choices.filter((choice) => hasType(node, choice))
    if (fitting.length === 0) {
      if (choices.length > 0 && choices.every((choice) => typesOf(choice).length > 0))
        this.#add(place ?? written ?? at, 'type', {}, { types: [...new Set(choices.flatMap(typesOf))] })
      return
    }
    // A value may have several schemas of its type. The one with the fewest problems is what the user meant.
    const attempts = fitting.map((choice) => {
      const found: Problem[] = []
      new Check(this.#doc, this.#project, found).#content(node, choice, path, place)
      return found
    })
    const best = attempts.reduce((one, other) => (other.length < one.length ? other : one))
    this.#problems.push(...best)
  }

  /** The type of a text with a variable is known only when Compose has replaced the variable. */
  #mayCheck(node: Node): boolean {
    return !(isScalar(node) && typeof node.value === 'string' && /\$(?!\$)/.test(node.value))
  }

  #content(node: Node | null, schema: Schema, path: YamlPath, at: Node | undefined): void {
    if (isMap(node)) this.#map(node, schema, path, at)
    else if (isSeq(node)) this.#list(node, schema, path, at)
    else if (isScalar(node)) this.#scalar(node as Node & { value: unknown }, schema, path, at)
  }

  #map(map: MapNode, schema: Schema, path: YamlPath, at: Node | undefined): void {
    for (const { key, keyNode, value } of entriesOf(map)) {
      if (isScalar(keyNode) && typeof keyNode.value !== 'string') {
        this.#add(at ?? keyNode, 'keyType', {})
        continue
      }
      const known = keySchema(schema, key)
      const inside = [...path, key]
      if (known === undefined) this.#unknownKey(at ?? keyNode, schema, key)
      else {
        if (known.deprecated === true)
          this.#add(at ?? keyNode, 'deprecated', { key }, { severity: 'warning' })
        this.#name(at ?? keyNode, inside, key, 'key')
        this.value(value, known, inside, at ?? (value === null ? keyNode : undefined))
      }
    }
    const present = keysWithMerges(map, this.#doc)
    // Another file of the project may have the key.
    const more = this.#project.files > 1 ? { severity: 'warning' as const } : {}
    for (const key of schema.required ?? [])
      if (!present.includes(key)) this.#add(at ?? firstPlace(map), 'missingKey', { key }, more)
    if (matches(path, 'services.*')) this.#service(at ?? firstPlace(map), present)
  }

  #service(place: Node, present: readonly string[]): void {
    const isMade = ['image', 'build', 'extends', 'provider'].some((key) => present.includes(key))
    if (this.#project.files === 1 && !isMade) this.#add(place, 'noImage', {})
    if (present.includes('network_mode') && present.includes('networks'))
      this.#add(place, 'exclusive', { one: 'network_mode', other: 'networks' })
  }

  #list(list: Node & { items: unknown[] }, schema: Schema, path: YamlPath, at: Node | undefined): void {
    const items = list.items as Node[]
    const seen = new Set<string>()
    for (const [index, item] of items.entries()) {
      if (schema.items !== undefined) this.value(item, schema.items, [...path, index], at)
      if (schema.uniqueItems !== true || !isScalar(item)) continue
      const text = `${typeof item.value} ${String(item.value)}`
      if (seen.has(text)) this.#add(at ?? item, 'repeatedItem', {}, { severity: 'warning' })
      seen.add(text)
    }
  }

  #scalar(node: Node & { value: unknown }, schema: Schema, path: YamlPath, at: Node | undefined): void {
    const { value } = node
    const place = at ?? node
    const text = String(value)
    if (schema.enum !== undefined && !schema.enum.some((one) => one === value))
      this.#add(place, 'choice', { choices: schema.enum.map(String).join(', ') })
    if (
      schema.pattern !== undefined &&
      typeof value === 'string' &&
      !new RegExp(schema.pattern, 'u').test(value)
    )
      this.#add(place, 'pattern', {})
    if (typeof value === 'number') {
      if (schema.minimum !== undefined && value < schema.minimum)
        this.#add(place, 'tooSmall', { limit: String(schema.minimum) })
      if (schema.maximum !== undefined && value > schema.maximum)
        this.#add(place, 'tooLarge', { limit: String(schema.maximum) })
    }
    if (isCastToBoolean(schema) && typeof value === 'string' && !booleans.test(value))
      this.#add(place, 'type', {}, { types: ['boolean'] })
    const format = value === null ? undefined : formatProblem(path, text)
    if (format !== undefined) this.#add(place, format, {})
    if (typeof value === 'string') this.#name(place, path, value, 'value')
  }

  #unknownKey(node: Node, schema: Schema, key: string): void {
    const similar = similarKey(key, Object.keys(schema.properties ?? {}))
    if (similar === undefined) this.#add(node, 'unknownKey', { key })
    else this.#add(node, 'unknownKeySimilar', { key, similar })
  }

  #name(node: Node, path: YamlPath, text: string, role: 'key' | 'value'): void {
    const reference = this.#project.complete ? referenceAt(path, text, role) : undefined
    if (reference === undefined) return
    const { part, name } = reference
    if (this.#project.names.get(part)?.has(name) !== true) this.#add(node, 'unknownName', { part, name })
  }

  #add(
    node: Node | undefined,
    kind: ProblemKind,
    params: Record<string, string>,
    more: Pick<Problem, 'types'> & { severity?: 'warning' } = {},
  ): void {
    const [from, end] = node?.range ?? [0, 0]
    this.#problems.push({ from, to: Math.max(end, from + 1), severity: 'error', kind, params, ...more })
  }
}

/** The texts that Compose reads as true or false. */
const booleans = /^(?:true|false|yes|no|on|off|y|n|1|0)$/i

/** The schema allows a text here only because a variable is a text. */
function isCastToBoolean(schema: Schema): boolean {
  const types = typesOf(schema)
  return types.length === 2 && types.includes('boolean') && types.includes('string')
}

/** The first key of a map, or the map itself if it is empty. */
function firstPlace(map: MapNode): Node {
  return entriesOf(map)[0]?.keyNode ?? map
}

function hasType(node: Node | null, schema: Schema): boolean {
  const types = typesOf(schema)
  return types.length === 0 || types.some((type) => isOfType(node, type))
}

function isOfType(node: Node | null, type: string): boolean {
  if (isMap(node)) return type === 'object'
  if (isSeq(node)) return type === 'array'
  const value: unknown = isScalar(node) ? node.value : null
  if (value === null) return type === 'null'
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

/** A key that differs in one or two letters from what the user wrote. */
function similarKey(key: string, known: readonly string[]): string | undefined {
  const most = key.length < 5 ? 1 : 2
  const near = known
    .map((one) => ({ one, steps: distance(key.toLowerCase(), one) }))
    .filter(({ steps }) => steps <= most)
  return near.sort((one, other) => one.steps - other.steps)[0]?.one
}

/** How many letters must be changed, added or removed (Levenshtein). */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 2) return Infinity
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, letter] of Array.from(one).entries()) {
    const next = [index + 1]
    for (const [at, wanted] of Array.from(other).entries())
      next.push(
        Math.min((next[at] ?? 0) + 1, (row[at + 1] ?? 0) + 1, (row[at] ?? 0) + (letter === wanted ? 0 : 1)),
      )
    row = next
  }
  return row.at(-1) ?? 0
}
