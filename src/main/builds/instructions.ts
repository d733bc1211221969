import { posix } from 'node:path'
import { type Flag, type Instruction, JSONInstruction } from 'dockerfile-ast'
import { ignorePattern } from './ignore-pattern'

/** What an instruction reads besides the files of its own stage. */
export interface InstructionInputs {
  /** Whether the instruction takes a file of the build's folder. Undefined if it takes none. */
  takes: ((path: string) => boolean) | undefined
  /** True if only BuildKit knows which files the instruction takes, for example because of a variable. */
  isGuessed: boolean
  /** The stages and images that it reads, as they are written. */
  from: readonly string[]
  /** The first address that it reads. Undefined without one, and if the Dockerfile has the checksum of the content. */
  address: string | undefined
}

const nothing: InstructionInputs = { takes: undefined, isGuessed: false, from: [], address: undefined }

/** The text of an instruction in one line, with its flags. */
export function textOf(instruction: Instruction): string {
  return joined(instruction).replaceAll(/\s+/g, ' ')
}

/** What BuildKit compares of the text of an instruction. For RUN, each space counts. */
export function comparedText(instruction: Instruction): string {
  return instruction.getKeyword() === 'RUN' ? joined(instruction) : textOf(instruction)
}

/** The text without the line breaks that a backslash hides, and without the comments between such lines. */
function joined(instruction: Instruction): string {
  const [first = '', ...rest] = instruction.getTextContent().trim().split(/\r?\n/)
  const keyword = instruction.getKeyword()
  let text = keyword + first.slice(keyword.length)
  for (const line of rest) {
    const isContinued = /\\[ \t]*$/.test(text)
    if (!isContinued) text += `\n${line}`
    else if (!/^[ \t]*(?:#|$)/.test(line)) text = text.replace(/\\[ \t]*$/, '') + line
  }
  return text.replace(/\\[ \t]*$/, '').trimEnd()
}

/** COPY and ADD read files and stages, and so does RUN with mounts. */
export function inputsOf(instruction: Instruction): InstructionInputs {
  if (!(instruction instanceof JSONInstruction)) return nothing
  const flags = instruction.getFlags()
  const keyword = instruction.getKeyword()
  if (keyword === 'RUN') return inputsOfMounts(flags)
  if (keyword !== 'COPY' && keyword !== 'ADD') return nothing
  const value = (name: string) => flags.find((flag) => flag.getName() === name)?.getValue() ?? undefined
  const from = value('from')
  if (from !== undefined) return { ...nothing, from: [from] }
  const words = sourcesOf(instruction)
  const files = words.filter((word) => !isAddress(word))
  const address = value('checksum') === undefined ? words.find(isAddress) : undefined
  const isGuessed = value('exclude') !== undefined || files.some((word) => word.includes('$'))
  return { takes: anyOf(files), isGuessed, from: [], address }
}

function inputsOfMounts(flags: readonly Flag[]): InstructionInputs {
  const mounts = flags
    .filter((flag) => flag.getName() === 'mount')
    .map((flag) => new Map((flag.getValue() ?? '').split(',').map(pairOf)))
  const from = mounts.flatMap((mount) => mount.get('from') ?? [])
  const files = mounts
    .filter((mount) => (mount.get('type') ?? 'bind') === 'bind' && !mount.has('from'))
    .map((mount) => mount.get('source') ?? mount.get('src') ?? '.')
  return { ...nothing, takes: anyOf(files), isGuessed: files.some((file) => file.includes('$')), from }
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
  return /^(?:(?:https?|git|ssh):\/\/|git@)/.test(word)
}

function anyOf(sources: readonly string[]): ((path: string) => boolean) | undefined {
  if (sources.length === 0) return undefined
  const tests = sources.map(sourceTest)
  return (path) => tests.some((test) => test(path))
}

/** A source is a file, a folder with everything below it, or a pattern of these. */
function sourceTest(written: string): (path: string) => boolean {
  const everything = () => true
  const source = posix.join('/', written).slice(1).replace(/\/$/, '')
  if (source === '' || written.includes('$')) return everything
  if (!/[*?[\\]/.test(source)) return (path) => path === source || path.startsWith(`${source}/`)
  try {
    const matches = ignorePattern(source)
    return (path) => path.split('/').some((_, index, parts) => matches(parts.slice(0, index + 1).join('/')))
  } catch {
    return everything
  }
}
