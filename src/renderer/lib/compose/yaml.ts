import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  type ParsedNode,
  type YAMLMap,
} from 'yaml'

export type Doc = Document.Parsed
/** A node of a file that was read. Its `range` tells where it is. */
export type Node = ParsedNode
export type MapNode = YAMLMap.Parsed

/** Reads a YAML file with its faults. Compose reads all documents of a file. */
export function readYaml(text: string): Doc[] {
  const documents = parseAllDocuments(text, { logLevel: 'silent', prettyErrors: false, merge: true })
  return Array.isArray(documents) ? documents : []
}

/** The text of a key. Undefined for a key that is a list or a map. */
export function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined
}

export interface Entry {
  key: string
  keyNode: Node
  /** Null if nothing follows the colon. */
  value: Node | null
}

/** The entries of a map, without merges (`<<`). */
export function entriesOf(map: MapNode): Entry[] {
  return map.items.flatMap((pair) => {
    const key = keyText(pair)
    return key === undefined || isMerge(pair) ? [] : [{ key, keyNode: pair.key, value: pair.value }]
  })
}

export function isMerge(pair: Pair): boolean {
  // The library reads the key of a merge as a symbol.
  return isScalar(pair.key) && typeof pair.key.value === 'symbol'
}

/** The node to which an alias leads, or the node itself. */
export function followed(node: Node | null, doc: Doc): Node | null {
  return isAlias(node) ? ((node.resolve(doc) as Node | undefined) ?? null) : node
}

/** All keys of a map, also those that a merge adds. */
export function keysWithMerges(map: MapNode, doc: Doc, depth = 0): string[] {
  const merged = map.items.filter(isMerge).flatMap(({ value }) => {
    const target = followed(value, doc)
    const maps = isSeq(target) ? target.items.map((item) => followed(item, doc)) : [target]
    return depth > 10 ? [] : maps.flatMap((one) => (isMap(one) ? keysWithMerges(one, doc, depth + 1) : []))
  })
  return [...entriesOf(map).map(({ key }) => key), ...merged]
}
