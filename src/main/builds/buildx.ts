import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { z } from 'zod'
import type { BuildHint, BuildRequest, BuildStatus } from '../../shared/builds'
import { BerthError } from '../../shared/errors'
import { guestPath, shellCommand, shellQuoted } from '../lib'
import type { SshLink } from '../ssh'

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
  /** The build's folder as a path in the machine. */
  guestFolder: string
  /** The content of config.json for the docker CLI, with the logins of the base images' registries. */
  dockerConfig: string
}

/** Runs buildx in the machine. BuildKit is part of the machine's engine. buildx reads the build's shared folder. */
export class Buildx {
  readonly #link: BuildxLink

  constructor(link: BuildxLink) {
    this.#link = link
  }

  /**
   * Builds an image. Calls `onLine` with every line that buildx prints. Resolves with buildx's exit code and the
   * image's id. If the signal aborts or the connection breaks, buildx and its build end.
   * @throws BerthError machine.connection-lost, machine.not-running; the signal's reason
   */
  async build(
    build: BuildxBuild,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<BuildxResult> {
    const folder = `${privateRoot}/${randomUUID()}`
    const command = [
      ...['env', `DOCKER_CONFIG=${folder}`, ...buildx, 'build', '--progress=rawjson'],
      ...['--iidfile', `${folder}/image-id`, ...buildArguments(build, folder)],
    ]
    return this.#run({ folder, command, privateFiles: await packPrivateFiles(build), onLine, signal })
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
    const { dockerfile, target } = build.request
    const args = ['build', '--call=check,format=json', '-f', `${build.guestFolder}/${dockerfile}`]
    if (target !== '') args.push('--target', target)
    // An abort only closes the command's channel. buildx may still wait for a registry, until `timeout` ends it.
    const command = shellCommand(['timeout', String(checkSeconds), ...buildx, ...args, build.guestFolder])
    const { stdout } = await this.#link.exec(command, { signal })
    return hintsOf(stdout)
  }

  /**
   * Runs buildx with a folder of private files. The standard input carries these files, and then stays open. When it
   * ends, because Berth has cancelled the build or the connection has broken, a watcher in the machine ends buildx. In
   * every case, the script removes the private files.
   */
  async #run({ folder, command, privateFiles, onLine, signal }: Run): Promise<BuildxResult> {
    signal.throwIfAborted()
    const script = [
      'exec 3<&0; umask 077',
      `mkdir -p ${folder} && head -c ${privateFiles.length} <&3 | tar x -C ${folder}`,
      `${shellCommand(command)} 2>&1 </dev/null & build=$!`,
      '(cat <&3; kill $build) >/dev/null 2>&1 & watcher=$!',
      'wait $build; code=$?',
      'kill $watcher 2>/dev/null',
      `image=$(cat ${folder}/image-id 2>/dev/null)`,
      `rm -rf ${folder}`,
      String.raw`printf '\n{"berthExit":%d,"image":"%s"}\n' $code "$image"`,
    ].join('\n')
    const stream = await this.#link.openCommand(`sh -c ${shellQuoted(script)}`)
    const end = (): void => void stream.end()
    signal.addEventListener('abort', end, { once: true })
    try {
      stream.write(privateFiles)
      if (signal.aborted) end()
      const result = await readResult(stream, onLine)
      signal.throwIfAborted()
      if (result === undefined) throw new BerthError('machine.connection-lost')
      return result
    } finally {
      signal.removeEventListener('abort', end)
      stream.destroy()
    }
  }
}

interface Run {
  folder: string
  command: string[]
  privateFiles: Buffer
  onLine: (line: string) => void
  signal: AbortSignal
}

/** buildx's exit code. `imageId` is null if buildx has made no image. */
export interface BuildxResult {
  code: number
  imageId: string | null
}

/** Packs the secrets and logins as a tar. They never appear in an argument list. */
function packPrivateFiles({ request, dockerConfig }: BuildxBuild): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name: 'config.json', mode: 0o600 }, dockerConfig)
  for (const [index, { value }] of request.secrets.entries())
    archive.entry({ name: `secret-${index}`, mode: 0o600 }, value)
  archive.finalize()
  return buffer(archive)
}

function buildArguments({ request, guestFolder }: BuildxBuild, folder: string): string[] {
  const { dockerfile, tags, target, platform, secrets, noCache, pull } = request
  return [
    ...['-f', `${guestFolder}/${dockerfile}`],
    ...tags.flatMap((tag) => ['-t', tag]),
    ...request.arguments.flatMap(({ name, value }) => ['--build-arg', `${name}=${value}`]),
    ...secrets.flatMap(({ id }, index) => ['--secret', `id=${id},src=${folder}/secret-${index}`]),
    ...(target === '' ? [] : ['--target', target]),
    ...(platform === '' ? [] : ['--platform', platform]),
    ...(noCache ? ['--no-cache'] : []),
    ...(pull ? ['--pull'] : []),
    guestFolder,
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

const exitSchema = z
  .object({ berthExit: z.number(), image: z.string() })
  .transform(({ berthExit, image }) => ({ code: berthExit, imageId: image || null }))

/** Reads the lines of a command. Resolves with its result; undefined if the stream ends without one. */
async function readResult(stream: Duplex, onLine: (line: string) => void): Promise<BuildxResult | undefined> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const exit = line.startsWith('{"berthExit":') ? exitSchema.safeParse(JSON.parse(line)) : undefined
    if (exit?.success === true) return exit.data
    onLine(line)
  }
  return undefined
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
