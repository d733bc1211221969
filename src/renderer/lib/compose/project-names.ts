import { isMap } from 'yaml'
import { entriesOf, keysWithMerges, followed, readYaml, type Doc } from './yaml'

/** The parts of a project that have names to which other parts refer. */
export const namedParts = ['services', 'networks', 'volumes', 'secrets', 'configs', 'models'] as const
export type NamedPart = (typeof namedParts)[number]

/** The names that the files of a project define. */
export interface ProjectNames {
  names: ReadonlyMap<NamedPart, ReadonlySet<string>>
  /** False if there may be more names: a file includes others, or could not be read. */
  complete: boolean
  /** How many files the project has. Values that one file lacks may be in another one. */
  files: number
}

/** Collects the names from the texts of all compose files of a project. An undefined text is not loaded yet. */
export function projectNames(texts: readonly (string | undefined)[]): ProjectNames {
  const names = new Map<NamedPart, Set<string>>(namedParts.map((part) => [part, new Set()]))
  let complete = true
  for (const text of texts) {
    if (text === undefined) complete = false
    else for (const doc of readYaml(text)) complete = collect(doc, names) && complete
  }
  return { names, complete, files: texts.length }
}

/** Returns false if the document includes other files, or has faults that may hide names. */
function collect(doc: Doc, names: ReadonlyMap<NamedPart, Set<string>>): boolean {
  if (doc.contents === null) return true
  if (!isMap(doc.contents)) return false
  const top = entriesOf(doc.contents)
  for (const { key, value } of top) {
    const part = names.get(key as NamedPart)
    const node = followed(value, doc)
    if (part === undefined || !isMap(node)) continue
    for (const name of keysWithMerges(node, doc)) part.add(name)
  }
  return doc.errors.length === 0 && top.every(({ key }) => key !== 'include')
}
