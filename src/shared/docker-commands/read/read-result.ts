import type { ContainerSpec, RunRequest } from '../../run'
import { completeSpec } from '../../run'
import { asWritten, shellFolder, shellHome } from './shell-text'
import { hostPathIn, isHostSource, type ReadMount } from './values'

/** What is wrong with a pasted text. The keys are texts under `paste.problems`. */
export const readProblems = [
  'empty',
  'notRun',
  'unclosedQuote',
  'unknownFlag',
  'missingValue',
  'wrongValue',
  'missingImage',
  'wrongYaml',
  'noService',
  'onlyBuild',
] as const
export interface ReadProblem {
  problem: (typeof readProblems)[number]
  /** The flag, key or value that is wrong. */
  subject: string
  /** The place in the pasted text. */
  start: number
  end: number
}

/**
 * A file of this computer with variables or labels, one `NAME=value` a line. A `dotenv` file has the notation of
 * compose, in which a value may have quotes.
 */
export interface NamedFile {
  kind: 'env' | 'label' | 'dotenv'
  path: string
  /** The flag or key that names the file. */
  written: string
}

/** What a pasted text means for the form. */
export interface ReadCommand {
  /** May have values that the form marks as wrong. */
  request: RunRequest
  /** The flags or keys that the form cannot hold, as they are written. */
  notTaken: string[]
  /** The variables whose value only the shell knows. They are in the request as they are written. */
  variables: string[]
  /** True if the text has a path that is relative to a folder, and the folder is not known. */
  needsFolder: boolean
  files: NamedFile[]
}

export type ReadResult = ReadCommand | ReadProblem

/** The most ports that the form accepts. A short text of many ranges could mean millions. */
const mostPorts = 1000

/** Collects the settings of a pasted text. `folder` is the folder of relative paths; empty if it is not known. */
export class RequestDraft {
  readonly spec: ContainerSpec
  readonly notTaken: string[] = []
  readonly files: NamedFile[] = []
  readonly #folder: string
  readonly #variables = new Set<string>()
  #needsFolder = false

  constructor(folder: string) {
    this.#folder = folder
    this.spec = completeSpec({
      image: '',
      command: [],
      environment: [],
      ports: [],
      volumes: [],
      autoRemove: false,
      tty: false,
    })
  }

  /** Replaces the shell's own folder in a text. The user's own folder stays a variable, which only a path can have. */
  inFolder(text: string): string {
    if (text.includes(shellHome)) this.#variables.add('$HOME')
    return this.#withFolder(text).replaceAll(shellHome, '$HOME')
  }

  #withFolder(text: string): string {
    if (!text.includes(shellFolder)) return text
    if (this.#folder === '') this.#needsFolder = true
    return text.replaceAll(shellFolder, this.#folder)
  }

  /** Replaces the folders of the shell at the beginning of a path of this computer. */
  #sourceIn(text: string): string {
    return this.inFolder(text.startsWith(shellHome) ? `~${text.slice(shellHome.length)}` : text)
  }

  hostPath(source: string): string {
    if (source.startsWith('.') && this.#folder === '') this.#needsFolder = true
    return this.#folder === '' ? source : hostPathIn(this.#folder, source)
  }

  /** `written` is the flag or key with its value. */
  addMount({ mount, other }: ReadMount, written: string): void {
    const { kind, readOnly } = mount
    const path = this.inFolder(mount.path)
    const source = this.#sourceIn(mount.source)
    if (kind === 'tmpfs') this.spec.tmpfs.push({ path, size: mount.size })
    else if (kind === 'bind' || (source !== '' && isHostSource(source)))
      this.spec.binds.push({ hostPath: this.hostPath(source), path, readOnly })
    else this.spec.volumes.push({ volume: source, path, readOnly })
    if (other.length > 0) this.notTaken.push(`${written} (${asWritten(other.join(', '))})`)
  }

  /** Returns false if there would be more ports than the form accepts. */
  addPorts(ports: RunRequest['ports']): boolean {
    if (this.spec.ports.length + ports.length > mostPorts) return false
    this.spec.ports.push(...ports)
    return true
  }

  addFile(file: NamedFile): void {
    const path = this.#sourceIn(file.path)
    const isFull = isHostSource(path) && !path.startsWith('.')
    this.files.push({
      ...file,
      path: isFull ? path : this.hostPath(path.startsWith('.') ? path : `./${path}`),
    })
  }

  /** A later variable or label of the same name replaces the earlier one. */
  setPair(field: 'environment' | 'labels', name: string, value: string): void {
    const rows = this.spec[field]
    const row = rows.find((one) => one.name === name)
    if (row === undefined) rows.push({ name, value })
    else row.value = value
  }

  /** `variables` may also be those of other parts of the pasted text. */
  command(variables: string[]): ReadCommand {
    const taken = JSON.stringify([this.spec, this.files.map(({ path }) => path)])
    const isTaken = (variable: string) => taken.includes(JSON.stringify(variable).slice(1, -1))
    return {
      request: this.spec,
      notTaken: this.notTaken,
      variables: [...new Set([...variables, ...this.#variables])].filter(isTaken),
      needsFolder: this.#needsFolder,
      files: this.files,
    }
  }
}

/**
 * Reads a file of `--env-file` or `--label-file`: one `NAME=value` a line, without quotes. A variable without a value
 * has the value of the shell, so it is left out.
 */
export function readPairsFile(text: string, kind: NamedFile['kind']): { name: string; value: string }[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#') && (kind === 'label' || line.includes('=')))
    .map((line) => {
      const equals = line.indexOf('=')
      return equals === -1
        ? { name: line, value: '' }
        : { name: line.slice(0, equals), value: line.slice(equals + 1) }
    })
}

/** Adds the rows of a file. A flag of the same name overrides a row of the file. */
export function withFile(
  request: RunRequest,
  file: NamedFile,
  rows: readonly { name: string; value: string }[],
): RunRequest {
  const field = file.kind === 'label' ? 'labels' : 'environment'
  const own = request[field] ?? []
  const names = new Set(own.map(({ name }) => name))
  return { ...request, [field]: [...rows.filter(({ name }) => !names.has(name)), ...own] }
}
