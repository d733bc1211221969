import { randomUUID } from 'node:crypto'
import type { Writable } from 'node:stream'
import { z } from 'zod'
import type { BuildHint, BuildRequest, BuildStatus } from '../../shared/builds'
import { BerthError } from '../../shared/errors'
import { guestPath, shellCommand } from '../lib'
import { runWatched, type SshLink } from '../ssh'
import { IgnoreRules } from './dockerignore'
import { sendContext } from './send-context'

/**
 * Debian's path of the plugin. Run directly, it starts faster than through the docker CLI. buildx keeps the names of
 * builds on the data disk. Its default is the home folder, which may be a shared folder.
 */
const buildx = [
  'env',
  `BUILDX_CONFIG=${guestPath.data}/buildx`,
  '/usr/libexec/docker/cli-plugins/docker-buildx',
]
/** A file system in the machine's memory. */
const privateRoot = '/run/berth/builds'
/** The longest check of a Dockerfile. */
const checkSeconds = 60

export type BuildxLink = Pick<SshLink, 'exec' | 'openCommand'>

/** A build's folder in the machine, and its secrets and logins. */
export interface BuildxBuild {
  request: BuildRequest
  /** The build's folder as a path in the machine. Undefined if the folder is not shared, so that it has to be sent. */
  guestFolder: string | undefined
  dockerfileText: string
  /** The content of config.json for the docker CLI, with the logins of the base images' registries. */
  dockerConfig: string
}

/** Runs buildx in the machine. BuildKit is part of the machine's engine. */
export class Buildx {
  readonly #link: BuildxLink

  constructor(link: BuildxLink) {
    this.#link = link
  }

  /**
   * Builds an image. Resolves with buildx's exit code and the image's id. If the signal aborts or the connection
   * breaks, buildx and its build end.
   * @throws BerthError machine.connection-lost, machine.not-running; as {@link sendContext}; the signal's reason
   */
  async build(build: BuildxBuild, { onLine, onSent, signal }: BuildxOptions): Promise<BuildxResult> {
    const folder = `${privateRoot}/${randomUUID()}`
    const command = [
      ...['env', `DOCKER_CONFIG=${folder}`, ...buildx, 'build', '--progress=rawjson'],
      ...['--iidfile', `${folder}/image-id`, ...buildArguments(build, folder)],
    ]
    const { code, result } = await runWatched(this.#link, {
      folder,
      command,
      privateFiles: privateFiles(build),
      resultFile: 'image-id',
      ...(build.guestFolder === undefined ? { input: sender(build.request, onSent) } : {}),
      onLine,
      signal,
    })
    return { code, imageId: result || null }
  }

  /** Lists the builds in the engine's history, and the builds that run now. */
  async history(): Promise<HistoryEntry[]> {
    const { code, stdout, stderr } = await this.#link.exec(
      shellCommand([...buildx, 'history', 'ls', '--format', 'json']),
    )
    if (code !== 0) throw new BerthError('build.history-failed', {}, { detail: stderr })
    return stdout.split('\n').flatMap((line) => {
      const entry = line === '' ? undefined : historySchema.safeParse(JSON.parse(line)).data
      return entry === undefined ? [] : [entry]
    })
  }

  /**
   * Calls `onLine` with the lines that a running build of any program has printed and prints, in the form of
   * `--progress=rawjson`. Resolves when the build has ended.
   * @throws BerthError machine.connection-lost, machine.not-running; the signal's reason
   */
  async followBuild(ref: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    await runWatched(this.#link, {
      folder: `${privateRoot}/${randomUUID()}`,
      command: [...buildx, 'history', 'logs', '--progress=rawjson', ref],
      privateFiles: new Map(),
      onLine,
      signal,
    })
  }

  /** Returns the lines that a build of the history has printed, in the form of `--progress=rawjson`. */
  async historyLines(ref: string): Promise<string[]> {
    const { stdout, stderr } = await this.#link.exec(
      shellCommand([...buildx, 'history', 'logs', '--progress=rawjson', ref]),
    )
    return `${stdout}\n${stderr}`.split('\n')
  }

  /**
   * Runs BuildKit's own checks of a Dockerfile. Returns no hints if BuildKit cannot check the file.
   * @throws BerthError machine.connection-lost, machine.not-running; the signal's reason
   */
  async check(build: BuildxBuild, signal: AbortSignal): Promise<BuildHint[]> {
    const { request, guestFolder, dockerfileText } = build
    const { dockerfile, target } = request
    const args = ['build', '--call=check,format=json']
    if (target !== '') args.push('--target', target)
    // buildx takes a text from its standard input as the Dockerfile.
    if (guestFolder === undefined) args.push('-')
    else args.push('-f', `${guestFolder}/${dockerfile}`, guestFolder)
    // An abort only closes the command's channel. buildx may still wait for a registry, until `timeout` ends it.
    const command = shellCommand(['timeout', String(checkSeconds), ...buildx, ...args])
    const { stdout } = await this.#link.exec(command, {
      signal,
      ...(guestFolder === undefined ? { input: dockerfileText } : {}),
    })
    return hintsOf(stdout)
  }
}

export interface BuildxOptions {
  /** Called with every line that buildx prints. */
  onLine: (line: string) => void | Promise<void>
  /** Called with the number of bytes of the folder that were sent so far. */
  onSent: (bytes: number) => void
  signal: AbortSignal
}

function sender({ folder, dockerfile }: BuildRequest, onSent: (bytes: number) => void) {
  return async (to: Writable, signal: AbortSignal): Promise<void> => {
    const rules = await IgnoreRules.read(folder, dockerfile)
    await sendContext({ folder, rules, always: [slashes(dockerfile)], signal, onSent }, to)
  }
}

/** A path with the separators of Linux. */
function slashes(path: string): string {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path
}

/** buildx's exit code. `imageId` is null if buildx has made no image. */
export interface BuildxResult {
  code: number
  imageId: string | null
}

/** The secrets and logins. They never appear in an argument list. */
function privateFiles({ request, dockerConfig }: BuildxBuild): Map<string, string> {
  return new Map([
    ['config.json', dockerConfig],
    ...request.secrets.map(({ value }, index) => [`secret-${index}`, value] as const),
  ])
}

function buildArguments({ request, guestFolder }: BuildxBuild, folder: string): string[] {
  const { dockerfile, tags, target, platform, secrets, noCache, pull } = request
  return [
    ...['-f', guestFolder === undefined ? slashes(dockerfile) : `${guestFolder}/${dockerfile}`],
    ...tags.flatMap((tag) => ['-t', tag]),
    ...request.arguments.flatMap(({ name, value }) => ['--build-arg', `${name}=${value}`]),
    ...secrets.flatMap(({ id }, index) => ['--secret', `id=${id},src=${folder}/secret-${index}`]),
    ...(target === '' ? [] : ['--target', target]),
    ...(platform === '' ? [] : ['--platform', platform]),
    ...(noCache ? ['--no-cache'] : []),
    ...(pull ? ['--pull'] : []),
    guestFolder ?? '-',
  ]
}

const historySchema = z
  .object({
    ref: z.string().transform((ref) => ref.slice(ref.lastIndexOf('/') + 1)),
    name: z.string().default(''),
    status: z.string(),
    created_at: z.string(),
    completed_at: z.string().nullish(),
    total_steps: z.number().default(0),
    completed_steps: z.number().default(0),
    cached_steps: z.number().default(0),
  })
  .transform(({ ref, name, status, created_at, completed_at, ...steps }) => ({
    ref,
    name,
    status: historyStatus(status),
    startedAt: Date.parse(created_at),
    endedAt: completed_at ? Date.parse(completed_at) : null,
    steps: { total: steps.total_steps, done: steps.completed_steps, cached: steps.cached_steps },
  }))
export type HistoryEntry = z.infer<typeof historySchema>

/** buildx prints `Running`, `Completed`, `Error` or `Canceled`. */
function historyStatus(status: string): BuildStatus {
  switch (status.toLowerCase()) {
    case 'running':
      return 'running'
    case 'completed':
      return 'succeeded'
    case 'canceled':
      return 'cancelled'
    default:
      return 'failed'
  }
}

/** The result of `--call=check,format=json`: `lint.LintResults` of BuildKit (frontend/subrequests/lint). */
const checkSchema = z.object({
  warnings: z
    .array(
      z.object({
        ruleName: z.string(),
        description: z.string().default(''),
        detail: z.string().default(''),
        location: z
          .object({ ranges: z.array(z.object({ start: z.object({ line: z.number() }) })).nullish() })
          .nullish(),
      }),
    )
    .nullish(),
})

function hintsOf(json: string): BuildHint[] {
  try {
    const { warnings } = checkSchema.parse(JSON.parse(json))
    return (warnings ?? []).map(({ ruleName, description, detail, location }) => ({
      rule: ruleName,
      text: detail || description,
      line: location?.ranges?.[0]?.start.line ?? null,
    }))
  } catch {
    return []
  }
}
