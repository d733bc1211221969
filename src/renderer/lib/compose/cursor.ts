import { isMap, isSeq, visit } from 'yaml'
import type { YamlPath } from './schema'
import { type Doc, entriesOf, keyText, type MapNode, readYaml } from './yaml'

/** The place of the cursor in a compose file, and the word that a completion replaces. */
export interface Cursor {
  /** Positions in the text, UTF-16 code units. */
  from: number
  to: number
  /** The word before the cursor. */
  typed: string
  /** What users can write at the cursor. An item of a list can be a value, or the first key of a map. */
  places: CursorPlace[]
  /** True inside `{}` or `[]`, where everything stays on one line. */
  inFlow: boolean
}

export type CursorPlace =
  /** A key of the map at `path`. `present` are the map's other keys. `hasColon`: the key itself is there already. */
  { kind: 'key'; path: YamlPath; present: string[]; hasColon: boolean } | { kind: 'value'; path: YamlPath }

/**
 * Stands for the unfinished word. Compose files do not have it, and YAML reads it as a text everywhere.
 */
const mark = 'cursor\uE000mark'

/**
 * Finds the place of the cursor. A file in which somebody writes is mostly no valid YAML. So this function puts a whole
 * word at the cursor, as a key and as a value, and reads the file with each.
 */
export function cursorAt(text: string, position: number): Cursor | undefined {
  const lineStart = text.lastIndexOf('\n', position - 1) + 1
  const before = text.slice(lineStart, position)
  const typed = /[^\s"'{}[\],#]*$/.exec(before)?.[0] ?? ''
  const rest = /^[^\s"'{}[\],#]*/.exec(text.slice(position))?.[0] ?? ''
  const hasColon = rest.endsWith(':')
  const from = position - typed.length
  const to = position + rest.length - (hasColon ? 1 : 0)
  // Anchors, aliases and tags.
  if (/^[&*!]/.test(typed)) return undefined

  const places: CursorPlace[] = []
  let inFlow = false
  const put = (word: string) => text.slice(0, from) + word + text.slice(to)
  const beginning = text.slice(lineStart, from)
  if (/^\s*(?:- +)*$/.test(beginning) || /[{,]\s*$/.test(beginning)) {
    if (typed.endsWith(':')) return undefined
    const found = find(put(hasColon ? mark : `${mark}: `))
    if (found?.isKey === true) {
      places.push({ kind: 'key', path: found.path, present: found.present, hasColon })
      inFlow = found.inFlow
    }
  }
  if (!hasColon) {
    const found = find(put(mark))
    if (found !== undefined && !found.isKey) {
      places.push({ kind: 'value', path: found.path })
      inFlow = found.inFlow
    }
  }
  return places.length === 0 ? undefined : { from, to, typed, places, inFlow }
}

interface Found {
  isKey: boolean
  /** The map's path for a key, or the value's own path. */
  path: YamlPath
  present: string[]
  inFlow: boolean
}

function find(text: string): Found | undefined {
  for (const doc of readYaml(text)) {
    const found = findIn(doc)
    if (found !== undefined) return found
  }
  return undefined
}

function findIn(doc: Doc): Found | undefined {
  let found: Found | undefined
  visit(doc, {
    Scalar: (position, node, ancestors) => {
      if (node.value !== mark) return undefined
      const isKey = position === 'key'
      const parents = isKey ? ancestors.slice(0, -1) : ancestors
      const map = ancestors.at(-2)
      found = {
        isKey,
        path: pathOf(parents, isKey ? map : node),
        present:
          isKey && isMap(map)
            ? entriesOf(map as MapNode).flatMap(({ key }) => (key === mark ? [] : [key]))
            : [],
        inFlow: ancestors.some((one) => (isMap(one) || isSeq(one)) && one.flow === true),
      }
      return visit.BREAK
    },
  })
  return found
}

/** The path of a node. `ancestors` are its maps, lists and pairs from the top. */
function pathOf(ancestors: readonly unknown[], node: unknown): YamlPath {
  const path: (string | number)[] = []
  for (const [index, parent] of ancestors.entries()) {
    const child = ancestors[index + 1] ?? node
    if (isSeq(parent)) path.push(parent.items.indexOf(child))
    else if (isMap(parent)) {
      const pair = parent.items.find((one) => one === child)
      const key = pair === undefined ? undefined : keyText(pair)
      if (key !== undefined) path.push(key)
    }
  }
  return path
}

/** The path of the key at a position, and where the key is. Undefined if there is no key. */
export function keyAt(
  text: string,
  position: number,
): { path: YamlPath; from: number; to: number } | undefined {
  let found: { path: YamlPath; from: number; to: number } | undefined
  for (const doc of readYaml(text))
    visit(doc, {
      Scalar: (role, node, ancestors) => {
        const [from, to] = node.range ?? [0, 0]
        if (role !== 'key' || position < from || position > to) return undefined
        found = { path: [...pathOf(ancestors.slice(0, -1), ancestors.at(-2)), String(node.value)], from, to }
        return visit.BREAK
      },
    })
  return found
}
