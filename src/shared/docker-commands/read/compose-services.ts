import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { ReadProblem } from './read-result'
import { mapOf, type ComposeMap } from './compose-values'

/** The services of a pasted compose file, or why there is none. `names` has '' for a service without a name. */
type ComposeServices = { names: string[] } | ReadProblem

/** The most maps and lists in a file. */
const mostParts = 100_000

/** True if a pasted text is YAML with services, and not a command line. */
export function looksLikeCompose(text: string): boolean {
  const first = text.split('\n').find((line) => !/^\s*(?:#|$)|^---/.test(line)) ?? ''
  return /^\s*(?:["']?[\w.-]+["']?)\s*:(?:\s|$)/.test(first)
}

/** Finds the services of a whole compose file, of its part `services`, or of the text of one service. */
export function composeServices(text: string): ComposeServices {
  const found = findServices(text)
  return 'problem' in found ? found : { names: [...found.services.keys()] }
}

type FoundServices = { services: Map<string, unknown>; file: ComposeMap } | ReadProblem

export function findServices(text: string): FoundServices {
  try {
    return servicesIn(text)
  } catch (failure) {
    // An alias without an anchor or with itself inside, too many aliases, or too deep a nesting.
    const subject = failure instanceof Error ? failure.message : String(failure)
    return { problem: 'wrongYaml', subject, start: 0, end: text.length }
  }
}

/** @throws Error for a text that is YAML, but means nothing */
function servicesIn(text: string): FoundServices {
  const lines = new LineCounter()
  // Compose accepts merge keys, and so does Berth. A long number must keep its digits.
  const document = parseDocument(text, { merge: true, lineCounter: lines, intAsBigInt: true })
  const [error] = document.errors
  if (error !== undefined) {
    const [start, end] = error.pos
    return { problem: 'wrongYaml', subject: error.message.split('\n')[0] ?? '', start, end }
  }
  const nothing: ReadProblem = { problem: 'noService', subject: '', start: 0, end: text.length }
  const file = mapOf(withoutCycles(document.toJS({ mapAsMap: true, maxAliasCount: 1000 })))
  if (!isMap(document.contents) || !document.contents.items.every(({ key }) => isScalar(key))) return nothing
  if (file.has('services')) {
    const services = mapOf(file.get('services'))
    return services.size === 0 ? nothing : { services, file }
  }
  if (file.has('image') || file.has('build')) return { services: new Map([['', file]]), file: new Map() }
  const services = new Map(
    [...file].filter(([, value]) => mapOf(value).has('image') || mapOf(value).has('build')),
  )
  return services.size === 0 ? nothing : { services, file: new Map() }
}

/** @throws Error if the value contains itself, or has very many parts because of aliases */
function withoutCycles(value: unknown): unknown {
  let parts = 0
  const parents = new Set<unknown>()
  const visit = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return
    if (parents.has(one)) throw new Error('An alias contains itself')
    if (++parts > mostParts) throw new Error('Excessive alias count')
    parents.add(one)
    for (const part of one instanceof Map ? one.values() : Object.values(one)) visit(part)
    parents.delete(one)
  }
  visit(value)
  return value
}
