import { createHash } from 'node:crypto'
import { readFile, realpath, stat } from 'node:fs/promises'
import { posix } from 'node:path'
import type { Logger } from '../host'
import { guestPath, message, sequencer } from '../lib'
import type { SshLink } from '../ssh'
import { timeZoneFile } from './time-zone'

export interface FileCopiesOptions {
  link: Pick<SshLink, 'exec' | 'on'>
  log: Logger
  platform: NodeJS.Platform
  /** Reads a file of this computer. */
  read?: (path: string) => Promise<Buffer>
  /** How often Berth checks whether the time zone has changed, milliseconds. */
  lookMs?: number
}

/** In the machine, these paths are links to the copies, so the machine has this computer's time zone. */
const zoneFiles = ['/etc/localtime', '/etc/timezone']
/** Files of this computer that Berth copies to the machine, so that containers can mount the copy. */
const plainFiles = [
  '/etc/machine-id',
  '/etc/os-release',
  '/etc/passwd',
  '/etc/group',
  '/etc/hostname',
  '/etc/hosts',
]
const certificates = '/etc/ssl/certs'
const bundle = `${certificates}/ca-certificates.crt`
/** The files in which systems keep all certificates: Debian, Fedora, openSUSE, macOS. */
const bundles = [
  ...[bundle, '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', '/etc/ssl/ca-bundle.pem'],
  '/etc/ssl/cert.pem',
]
/** A file that exists once the machine has mounted its data disk. `dataReady` waits for the file, at most a minute. */
const ready = '/run/berth/data-ready'
const dataReady = `i=0; until test -e ${ready} || test $i -gt 600; do i=$((i+1)); sleep 0.1; done`
/** The folder for the copies. Containers mount them from `guestPath.hostFiles`, which is read-only. */
const store = `${guestPath.data}/host`
const largestFile = 4 * 2 ** 20
const lookMs = 60_000

/**
 * Copies small files of this computer to the machine, for containers that mount them. The copies are on the data disk,
 * because some containers start with the engine, before Berth connects. Berth copies the time zone, and otherwise only
 * files that a bind mount has named.
 */
export class FileCopies {
  readonly #options: FileCopiesOptions
  readonly #oneAtATime = sequencer()
  /** The checksums of the machine's copies, by path. Undefined while the machine is not connected. */
  #copies: Map<string, string> | undefined
  /** The file that was generated for the system's time zone. */
  #made: { zone: string; file: Buffer } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: FileCopiesOptions) {
    this.#options = options
    const { link } = options
    link.on('up', () => {
      void this.#refresh()
      clearInterval(this.#timer)
      this.#timer = setInterval(() => void this.#refresh(), options.lookMs ?? lookMs).unref()
    })
    link.on('down', () => {
      clearInterval(this.#timer)
      this.#copies = undefined
    })
  }

  /**
   * Copies a file of this computer. Returns the path in the machine to mount instead of it; undefined if this computer
   * has no such file.
   * @throws BerthError machine.connection-lost, machine.not-running; Error if the machine cannot write the copy
   */
  async copy(path: string): Promise<string | undefined> {
    const wanted = path === certificates ? bundle : path
    const content = await this.#content(wanted)
    if (content === undefined) return undefined
    await this.#oneAtATime(() => this.#write(wanted, content))
    return zoneFiles.includes(path) ? path : `${guestPath.hostFiles}${path}`
  }

  /** Brings the machine’s copies up to date. A file that cannot be copied does not stop the others. */
  #refresh(): Promise<void> {
    return this.#oneAtATime(async () => {
      this.#copies ??= await this.#list()
      for (const path of new Set([...zoneFiles, ...this.#copies.keys()])) {
        await this.#refreshFile(path).catch((error: unknown) => {
          this.#logFailure(error, path)
        })
      }
    }).catch((error: unknown) => {
      this.#logFailure(error)
    })
  }

  async #refreshFile(path: string): Promise<void> {
    const content = await this.#content(path)
    if (content !== undefined) await this.#write(path, content)
  }

  #logFailure(error: unknown, path?: string): void {
    const reason = message(error)
    this.#options.log.info({ reason, path }, 'could not copy files of this computer to the machine')
  }

  async #list(): Promise<Map<string, string>> {
    const { stdout } = await this.#options.link.exec(
      `${dataReady}; cd ${guestPath.hostFiles} 2>/dev/null && find . -type f -exec sha256sum {} +`,
      { background: true },
    )
    const lines = stdout.matchAll(/^([0-9a-f]{64}) {2}\.(\/.+)$/gm)
    return new Map([...lines].map(([, hash = '', path = '']) => [path, hash]))
  }

  /**
   * Writes a copy, if the content differs. The copy is changed in place, because a container may have mounted the file
   * itself.
   */
  async #write(path: string, content: Buffer): Promise<void> {
    const hash = createHash('sha256').update(content).digest('hex')
    if (this.#copies?.get(path) === hash) return
    const file = `${store}${path}`
    const { code, stderr } = await this.#options.link.exec(
      `f=${file}; test -e ${ready} && mkdir -p ${posix.dirname(file)} && cat >$f.new && cat $f.new >$f && rm $f.new`,
      { input: content, background: true },
    )
    if (code !== 0) throw new Error(stderr)
    this.#copies?.set(path, hash)
  }

  /**
   * The content of a file. Undefined if this computer has no such file, or if Berth does not copy it. On Windows, Berth
   * does not copy the files in `plainFiles`.
   */
  async #content(path: string): Promise<Buffer | undefined> {
    if (zoneFiles.includes(path)) return this.#zone(path)
    if (path === bundle) return this.#first(bundles)
    return plainFiles.includes(path) && this.#options.platform !== 'win32' ? this.#first([path]) : undefined
  }

  async #zone(path: string): Promise<Buffer> {
    const { platform } = this.#options
    const own = platform === 'win32' ? undefined : await this.#first([path])
    if (path === '/etc/localtime') {
      if (own?.subarray(0, 4).toString('latin1') === 'TZif') return own
      const zone = systemZone()
      // Generating the file takes up to a fifth of a second.
      if (this.#made?.zone !== zone) this.#made = { zone, file: timeZoneFile(zone) }
      return this.#made.file
    }
    const link = await realpath('/etc/localtime').catch(() => '')
    const name = /\/zoneinfo(?:\.default)?\/(?:posix\/|right\/)?(.+)$/.exec(link)?.[1]
    return own ?? Buffer.from(`${(platform === 'win32' ? undefined : name) ?? systemZone()}\n`)
  }

  async #first(paths: readonly string[]): Promise<Buffer | undefined> {
    for (const path of paths) {
      const content = await (this.#options.read ?? readSmall)(path).catch(() => undefined)
      if (content !== undefined) return content
    }
    return undefined
  }
}

function systemZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** @throws Error also if the path is no regular file, or if the file is too large */
async function readSmall(path: string): Promise<Buffer> {
  const found = await stat(path)
  if (!found.isFile() || found.size > largestFile) throw new Error(`${path} is not a small regular file`)
  return readFile(path)
}
