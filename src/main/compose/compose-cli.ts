import { randomUUID } from 'node:crypto'
import { BerthError } from '../../shared/errors'
import { guestPath, shellCommand } from '../lib'
import { runWatched, type SshLink } from '../ssh'

/** A file system in the machine's memory. */
export const privateRoot = '/run/berth/compose'
/** The longest check of a project's files. A file may be on a drive that does not answer. */
const checkSeconds = 60
/** How many lines of the output the detail of an error has. */
const detailLines = 30

/** Debian's path of the plugin. Run directly, it starts faster than through the docker CLI. */
const program = '/usr/libexec/docker/cli-plugins/docker-compose'

export type ComposeLink = Pick<SshLink, 'exec' | 'openCommand'>

/** Where compose finds a project. All paths are paths in the machine. */
export interface ComposePlace {
  /** The user's home folder, for `~` in the files. */
  home: string
  /** The project's name. Without it, compose takes the name from the files. */
  name?: string | undefined
  /** Absent if compose has to find the project by the labels of its containers. */
  files?: {
    folder: string
    files: readonly string[]
    envFiles: readonly string[]
    profiles: readonly string[]
  }
}

export interface ComposeRun {
  place: ComposePlace
  /** The command of compose with its arguments. */
  args: readonly string[]
  /** The content of config.json for the docker CLI. */
  dockerConfig: string
  /** A further compose file, which replaces parts of the project's files. */
  override: string | undefined
  onLine: (line: string) => Promise<void>
  signal: AbortSignal
}

/** Runs Docker Compose in the machine. Compose reads the files of a shared folder where they are. */
export class ComposeCli {
  readonly #link: ComposeLink

  constructor(link: ComposeLink) {
    this.#link = link
  }

  /**
   * Returns the project as compose reads it from the files: the output of `docker compose config --format json`. It may
   * hold secrets.
   * @throws BerthError compose.invalid; machine.connection-lost, machine.not-running; the signal's reason
   */
  config(
    place: ComposePlace,
    { services = [], signal }: { services?: readonly string[]; signal: AbortSignal },
  ): Promise<string> {
    return this.#config(place, ['--format', 'json', ...services], signal)
  }

  /**
   * Returns the names of the services that the active profiles have. A project's `.env` may name further profiles.
   * @throws as {@link config}
   */
  async activeServices(place: ComposePlace, signal: AbortSignal): Promise<string[]> {
    return (await this.#config(place, ['--services'], signal)).split('\n').filter((name) => name !== '')
  }

  async #config(place: ComposePlace, args: readonly string[], signal: AbortSignal): Promise<string> {
    const words = [
      // An abort only closes the command's channel. So `timeout` ends a compose that waits for a drive.
      ...['timeout', String(checkSeconds), ...environment(place.home), `DOCKER_CONFIG=${privateRoot}/none`],
      ...[program, ...options(place), 'config', ...args],
    ]
    // Without files, compose would look for a file in the current folder and above it.
    const { code, stdout, stderr } = await this.#link.exec(`cd / && ${shellCommand(words)}`, { signal })
    if (code !== 0) throw new BerthError('compose.invalid', {}, { detail: stderr.trim() })
    return stdout
  }

  /**
   * Runs a command of compose. Calls `onLine` with every line that compose prints. If the signal aborts or the
   * connection breaks, compose and its child processes end.
   * @throws BerthError compose.failed; machine.connection-lost, machine.not-running; the signal's reason
   */
  async run(
    name: string,
    { place, args, dockerConfig, override, onLine, signal }: ComposeRun,
  ): Promise<void> {
    const folder = `${privateRoot}/${randomUUID()}`
    const overrideFile = override === undefined ? [] : [`${folder}/${overrideName}`]
    const last: string[] = []
    const { code } = await runWatched(this.#link, {
      folder,
      command: [
        ...environment(place.home),
        `DOCKER_CONFIG=${folder}`,
        `BUILDX_CONFIG=${guestPath.data}/buildx`,
        program,
        ...['--ansi', 'never', '--progress', 'plain'],
        ...options(place, overrideFile),
        ...args,
      ],
      privateFiles: new Map([
        ['config.json', dockerConfig],
        ...(override === undefined ? [] : [[overrideName, override] as const]),
      ]),
      onLine: async (line) => {
        if (line.trim() !== '') last.push(line)
        if (last.length > detailLines) last.shift()
        await onLine(line)
      },
      signal,
    })
    if (code !== 0) throw new BerthError('compose.failed', { name }, { detail: last.join('\n') })
  }
}

const overrideName = 'override.json'

function environment(home: string): string[] {
  return ['env', `HOME=${home}`]
}

function options({ name, files }: ComposePlace, moreFiles: readonly string[] = []): string[] {
  return [
    ...(name === undefined ? [] : ['-p', name]),
    ...(files === undefined
      ? []
      : [
          ...['--project-directory', files.folder],
          ...[...files.files, ...moreFiles].flatMap((file) => ['-f', file]),
          ...files.envFiles.flatMap((file) => ['--env-file', file]),
          ...files.profiles.flatMap((profile) => ['--profile', profile]),
        ]),
  ]
}
