import { posix } from 'node:path'
import { type Flag, type Instruction, JSONInstruction } from 'dockerfile-ast'
import { ignorePattern } from './ignore-pattern'

/** What an instruction reads besides the files of its own stage. */
export interface InstructionInputs {
  /** Whether the instruction takes a file of the build's folder. Undefined if it takes none. */
  takes: ((path: string) => boolean) | undefined
  /** Whether BuildKit follows a symbolic link at this path, because it is a source or a folder above one. */
  follows: (path: string) => boolean
  /** How many sources, mounts and addresses are written. */
  count: number
  /** True if only BuildKit knows which files the instruction takes, for example because of a variable. */
  isGuessed: boolean
  /** The stages and images that it reads, as they are written. */
  from: readonly string[]
  /** The first address that it reads. Undefined without one, and if the Dockerfile has the checksum of the content. */
  address: string | undefined
}

const nothing: InstructionInputs = {
  takes: undefined,
  follows: () => false,
  count: 0,
  ...{ isGuessed: false, from: [], address: undefined },
}

/** A backslash that hides the line break after it. */
const lineEnd = /\\[ \t]*$/

/** The text of an instruction in one line, with its flags. */
export const textOf = remembered((instruction) => joined(instruction).replaceAll(/\s+/g, ' '))

/** What BuildKit compares of the text of an instruction. For RUN, each space counts. */
export const comparedText = remembered((instruction) =>
  instruction.getKeyword() === 'RUN' ? joined(instruction) : textOf(instruction),
)

/** Each step is compared with all instructions above it, so reading the same ones again would take long. */
export function remembered<T>(read: (instruction: Instruction) => T): (instruction: Instruction) => T {
  const known = new WeakMap<Instruction, { result: T }>()
  return (instruction) => {
    const found = known.get(instruction) ?? { result: read(instruction) }
    known.set(instruction, found)
    return found.result
  }
}

/** The text without the line breaks that a backslash hides, and without the comments between such lines. */
function joined(instruction: Instruction): string {
  const [first = '', ...rest] = instruction.getTextContent().trim().split(/\r?\n/)
  const keyword = instruction.getKeyword()
  const parts: string[] = []
  let last = keyword + first.slice(keyword.length)
  for (const line of rest) {
    const isContinued = lineEnd.test(last)
    if (isContinued && /^[ \t]*(?:#|$)/.test(line)) continue
    parts.push(isContinued ? last.replace(lineEnd, '') : `${last}\n`)
    last = line
  }
  return [...parts, last.replace(lineEnd, '')].join('').trimEnd()
}

/** COPY and ADD read files and stages, and so does RUN with mounts. */
export const inputsOf = remembered((instruction): InstructionInputs => {
  if (!(instruction instanceof JSONInstruction)) return nothing
  const flags = instruction.getFlags()
  const keyword = instruction.getKeyword()
  if (keyword === 'RUN') return inputsOfMounts(flags)
  if (keyword !== 'COPY' && keyword !== 'ADD') return nothing
  const value = (name: string) => flags.find((flag) => flag.getName() === name)?.getValue() ?? undefined
  const from = value('from')
  if (from !== undefined) return { ...nothing, count: 1, from: [from] }
  const words = sourcesOf(instruction)
  const files = words.filter((word) => !isAddress(word))
  const isKnown = keyword === 'COPY' || value('checksum') !== undefined
  const address = isKnown ? undefined : words.find((word) => isAddress(word) || /^["']?\$/.test(word))
  const isGuessed = value('exclude') !== undefined || files.some(isUnread)
  return { ...nothing, ...anyOf(files), count: words.length, isGuessed, address }
})

function inputsOfMounts(flags: readonly Flag[]): InstructionInputs {
  const mounts = flags
    .filter((flag) => flag.getName() === 'mount')
    .map((flag) => new Map((flag.getValue() ?? '').split(',').map(pairOf)))
  const from = mounts.flatMap((mount) => mount.get('from') ?? [])
  const files = mounts
    .filter((mount) => (mount.get('type') ?? 'bind') === 'bind' && !mount.has('from'))
    .map((mount) => mount.get('source') ?? mount.get('src') ?? '.')
  return { ...nothing, ...anyOf(files), count: mounts.length, isGuessed: files.some(isUnread), from }
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** The sources of COPY or ADD. A here-document is part of the instruction's text, so it is none. */
function sourcesOf(instruction: JSONInstruction): string[] {
  const json = instruction.getJSONStrings().map((one) => one.getJSONValue())
  if (json.length > 0) return json.slice(0, -1)
  const words = instruction.getArguments().map((one) => one.getValue())
  if (!words.some((word) => word.startsWith('<<'))) return words.slice(0, -1)
  const [line = ''] = (instruction.getRawArgumentsContent() ?? '').split('\n')
  return line
    .trim()
    .split(/\s+/)
    .slice(0, -1)
    .filter((word) => !word.startsWith('<<'))
}

function isAddress(word: string): boolean {
  return /^["']?(?:(?:https?|git|ssh):\/\/|git@)/.test(word)
}

/** Only BuildKit knows the value of a variable. It also removes quotes. */
function isUnread(word: string): boolean {
  return /[$"']/.test(word)
}

type Source = Pick<InstructionInputs, 'follows'> & { takes: (path: string) => boolean }

function anyOf(written: readonly string[]): Pick<InstructionInputs, 'takes' | 'follows'> {
  if (written.length === 0) return { takes: undefined, follows: nothing.follows }
  const sources = written.map(sourceOf)
  return {
    takes: (path) => sources.some(({ takes }) => takes(path)),
    follows: (path) => sources.some(({ follows }) => follows(path)),
  }
}

const everything: Source = { takes: () => true, follows: () => false }

/** A source is a file, a folder with everything below it, or a pattern of these. */
function sourceOf(written: string): Source {
  const source = posix.join('/', written).slice(1).replace(/\/$/, '')
  if (source === '' || isUnread(written)) return everything
  if (!/[*?[\\]/.test(source))
    return {
      takes: (path) => path === source || path.startsWith(`${source}/`),
      follows: (path) => path === source || source.startsWith(`${path}/`),
    }
  try {
    return patternSource(source)
  } catch {
    return everything
  }
}

function patternSource(source: string): Source {
  const [matches, ...above] = beginnings(source).reverse().map(ignorePattern)
  if (matches === undefined) return everything
  return {
    takes: (path) => beginnings(path).some(matches),
    follows: (path) => matches(path) || above.some((one) => one(path)),
  }
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function beginnings(path: string): string[] {
  return path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))
}
