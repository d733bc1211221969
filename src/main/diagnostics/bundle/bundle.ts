import { open, readdir } from 'node:fs/promises'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import type { CheckResult } from '../../../shared/diagnostics'
import type { DiskUsage } from '../../../shared/disk'
import type { EngineInfo } from '../../../shared/engine'
import { catalogues, findingText } from '../../../shared/i18n'
import { message } from '../../lib'
import type { DiagnosticsContext } from '../check'
import { redactedSettings } from './redacted-settings'
import { scrub } from './scrub'
import { knownSecrets } from './secrets'

export interface BundleContext extends Omit<DiagnosticsContext, 'disk' | 'engine' | 'machine'> {
  about: { version: string; host: string }
  machine: DiagnosticsContext['machine'] & { consoleTail(lines?: number): string[] }
  engine: DiagnosticsContext['engine'] & { info(signal?: AbortSignal): Promise<EngineInfo> }
  disk: DiagnosticsContext['disk'] & { usage(): Promise<DiskUsage> }
}

/** Bytes of each log that are taken, from its end. */
const logTail = 2_000_000
const engineLimitMs = 10_000

/**
 * What somebody who is to help has to know, as a tar.gz: logs, versions, settings, the machine's state, the checks'
 * results. Two things keep secrets out: each part names what it takes, and everything is searched for the secrets
 * that this installation holds and for what looks like one before it is packed.
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
  return link.isUp ? engine.info(AbortSignal.timeout(engineLimitMs)) : 'the machine does not run'
}

/** Sizes and numbers; names of images and volumes are the user's own business. */
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
    // A line that was cut could hide the half of a secret.
    const begin = length < size ? text.indexOf('\n') : -1
    return length < size && begin === -1 ? 'one line, too long to be taken' : text.slice(begin + 1)
  } finally {
    await handle.close()
  }
}

/** A part that cannot be had must not cost the others. */
async function attempt(part: () => Promise<unknown>): Promise<unknown> {
  try {
    return await part()
  } catch (error) {
    return `not to be had: ${message(error)}`
  }
}

function readable(result: CheckResult): string {
  const { what, todo = '' } = findingText(result, 'en')
  return `[${result.status}] ${catalogues.en.checks[result.check]}: ${what} ${todo}`.trimEnd()
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
