import { open, readdir } from 'node:fs/promises'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import type { CheckResult } from '../../../shared/diagnostics'
import { catalogues, findingText } from '../../../shared/i18n'
import type { Settings } from '../../../shared/settings'
import type { Disk } from '../../disk'
import type { Engine } from '../../engine'
import { message } from '../../lib'
import type { Machine } from '../../machine'
import type { DiagnosticsContext } from '../check'
import { proxyAddresses } from '../checks/proxy'
import { scrub } from './scrub'
import { knownSecrets } from './secrets'

export interface BundleContext extends Omit<DiagnosticsContext, 'disk' | 'engine' | 'machine'> {
  about: { version: string; host: string }
  machine: DiagnosticsContext['machine'] & Pick<Machine, 'consoleTail'>
  engine: DiagnosticsContext['engine'] & Pick<Engine, 'info'>
  disk: DiagnosticsContext['disk'] & Pick<Disk, 'usage'>
}

/** The bundle takes this many bytes from the end of each log. */
const logTail = 2_000_000
const engineLimitMs = 10_000

/**
 * A tar.gz for a person who helps the user. It holds logs, versions, settings, the machine state, and the results of
 * the checks. Two measures keep secrets out. First, the parts about the settings, the engine and the disk take only the
 * fields that their code lists. Second, every text is scrubbed before packing: `scrub` removes the secrets of this
 * installation and everything that looks like a secret.
 */
export async function supportBundle(context: BundleContext, results: CheckResult[]): Promise<Buffer> {
  const secrets = await knownSecrets(context.paths, context.settings(), context.env)
  const archive = pack()
  const packed = buffer(archive.pipe(createGzip()))
  for (const [name, text] of await contents(context, results))
    archive.entry({ name: `berth-support/${name}`, mode: 0o600 }, scrub(text, secrets))
  archive.finalize()
  return packed
}

async function contents(context: BundleContext, results: CheckResult[]): Promise<[string, string][]> {
  const { paths, settings, machine } = context
  return [
    ['about.json', json(about(context))],
    ['settings.json', json(redactedSettings(settings()))],
    ['machine.json', json({ state: machine.state, fsck: machine.guestReport('fsck') })],
    ['diagnostics.json', json(results)],
    ['diagnostics.txt', results.map(readable).join('\n')],
    ['engine.json', json(await attempt(() => engineFacts(context)))],
    ['disk.json', json(await attempt(() => diskFacts(context)))],
    ['console-tail.txt', machine.consoleTail(500).join('\n')],
    ...(await logs(paths.logs)),
  ]
}

function about({ about: { version, host } }: BundleContext) {
  return {
    version,
    host,
    made: new Date().toISOString(),
    node: process.versions.node,
    system: {
      platform: platform(),
      release: release(),
      arch: arch(),
      cpus: cpus().length,
      memory: totalmem(),
    },
  }
}

async function engineFacts({ engine, link }: BundleContext) {
  return link.isUp ? engine.info(AbortSignal.timeout(engineLimitMs)) : 'the machine is not running'
}

/** The settings without secrets. Fields that are not listed here are left out. */
function redactedSettings(settings: Settings) {
  const { machine, sharedFolders, registries, proxy, dns, daemon, power, networkPorts, docker } = settings
  return {
    machine,
    sharedFolders: sharedFolders.map(({ path, writable }) => ({ path, writable })),
    registries: {
      mirrors: registries.mirrors.map((mirror) => new URL(mirror).host),
      insecure: registries.insecure,
      certificates: registries.certificates.map(({ name }) => name),
    },
    proxy: {
      mode: proxy.mode,
      addresses: proxyAddresses(proxy),
      exclude: proxy.exclude,
    },
    dns,
    // The values of the user's daemon.json may be secret, e.g. the token of a log driver.
    daemon: Object.keys(daemon),
    power,
    networkPorts,
    docker,
  }
}

/** Sizes and counts only: the names of images and volumes are private. */
async function diskFacts({ disk }: BundleContext) {
  const { engine, ...space } = await disk.usage()
  const kinds = engine?.map(({ kind, count, bytes, reclaimable }) => ({
    kind,
    count,
    bytes,
    reclaimable: { count: reclaimable.count, bytes: reclaimable.bytes },
  }))
  return { ...space, kinds }
}

async function logs(folder: string): Promise<[string, string][]> {
  const names = await readdir(folder).catch(() => [])
  const wanted = names.filter((name) => /^(?:berth|console)\.log(?:\.\d)?$/.test(name))
  return Promise.all(
    wanted.map(async (name): Promise<[string, string]> => [
      `logs/${name}`,
      String(await attempt(() => tail(join(folder, name)))),
    ]),
  )
}

async function tail(file: string): Promise<string> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const length = Math.min(size, logTail)
    const { buffer: bytes, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
    const text = bytes.toString('utf8', 0, bytesRead)
    // The first line is dropped if it is cut. It could hold a part of a secret that `scrub` does not recognize.
    const begin = length < size ? text.indexOf('\n') : -1
    return length < size && begin === -1 ? 'left out: one line that is too long' : text.slice(begin + 1)
  } finally {
    await handle.close()
  }
}

/** If a part fails, the bundle gets the reason instead of the part. The other parts are still packed. */
async function attempt(part: () => Promise<unknown>): Promise<unknown> {
  try {
    return await part()
  } catch (error) {
    return `not available: ${message(error)}`
  }
}

function readable(result: CheckResult): string {
  const { what, todo = '' } = findingText(result, 'en')
  return `[${result.status}] ${catalogues.en.checks[result.check]}: ${what} ${todo}`.trimEnd()
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
