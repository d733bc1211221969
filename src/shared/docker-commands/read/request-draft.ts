import { type ContainerSpec, emptySpec, mostPorts, type RunRequest } from '../../run'
import { hostPathIn, isHostSource, type ReadMount } from './mounts'
import type { NamedFile } from './named-file'
import type { ReadCommand } from './read-result'
import { asWritten, shellFolder, shellHome } from './shell-text'

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
    this.spec = emptySpec()
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

  /** Returns false if there would be more ports than the form accepts. A short text of ranges could mean millions. */
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
