import { parseTree, findNodeAtLocation, printParseErrorCode, type ParseError } from 'jsonc-parser'
import { z } from 'zod'
import { daemonProblem } from '../../shared/daemon-options'
import type { Settings } from '../../shared/settings'

export interface DaemonTextProblem {
  reason: 'syntax' | 'object' | 'refused' | 'unknown' | 'type'
  line: number
  column: number
  /** The key with the problem, or the parser's error. */
  about: string
}

const objectSchema = z.record(z.string(), z.json())

/** Parses a daemon.json. Returns its content or its first problem. Lines and columns are counted from 1. */
export function parseDaemonText(
  text: string,
): { daemon: Settings['daemon'] } | { problem: DaemonTextProblem } {
  if (text.trim() === '') return { daemon: {} }
  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { disallowComments: true })
  const [error] = errors
  if (error !== undefined)
    return {
      problem: { reason: 'syntax', about: printParseErrorCode(error.error), ...place(text, error.offset) },
    }
  const parsed = objectSchema.safeParse(JSON.parse(text))
  if (tree?.type !== 'object' || !parsed.success)
    return { problem: { reason: 'object', about: '', ...place(text, tree?.offset ?? 0) } }
  const found = daemonProblem(parsed.data)
  if (found === undefined) return { daemon: parsed.data }
  const path = [found.key, ...(found.path ?? [])]
  const value = findNodeAtLocation(tree, path) ?? findNodeAtLocation(tree, [found.key])
  // Report a value of the wrong type at the start of the value. Report any other problem at the key.
  const node = found.reason === 'type' ? value : value?.parent
  return { problem: { reason: found.reason, about: path.join('.'), ...place(text, node?.offset ?? 0) } }
}

function place(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}
