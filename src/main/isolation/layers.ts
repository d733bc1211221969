import { posix } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { encodeFilePath } from '../../shared/file-paths'
import type { EntryType, Layer, LayerChanges, PathOrigin } from '../../shared/isolation'
import type { ContainerStorage, Engine } from '../engine'
import type { SshLink } from '../ssh'
import { encodedText, fileBytes } from './guest-program'

/** The most bytes of an image's configuration that Berth reads. */
const longestConfiguration = 4_000_000

const configurationSchema = z.object({
  rootfs: z.object({ diff_ids: z.array(z.string()) }),
  /** The oldest instruction first. */
  history: z.array(z.object({ empty_layer: z.boolean().optional() })).nullish(),
})

export interface LayerSource {
  link: Pick<SshLink, 'exec'>
  images: Pick<Engine['images'], 'details'>
}

/**
 * Names the layers of a container, the top one first. The engine's API does not tell which instructions of an image
 * have made a layer, so Berth reads this from the image's configuration, which the engine keeps beside the layers. The
 * instructions are missing if the image was removed.
 */
export async function describeLayers(
  { link, images }: LayerSource,
  {
    layers: { upper, lowers },
    imageId,
  }: { layers: NonNullable<ContainerStorage['layers']>; imageId: string },
): Promise<Layer[]> {
  const imageLayers = lowers.filter((folder) => !isEngineLayer(folder))
  const steps = await layerSteps({ link, images }, imageId, upper)
  const known = steps.length === imageLayers.length ? steps : []
  return [
    { kind: 'own', step: null },
    ...lowers.filter(isEngineLayer).map((): Layer => ({ kind: 'engine', step: null })),
    ...imageLayers.map((_folder, index): Layer => ({ kind: 'image', step: known[index] ?? null })),
  ]
}

/** The engine puts a layer with empty files such as /etc/hosts on top of the image's layers. */
function isEngineLayer(folder: string): boolean {
  return posix.basename(posix.dirname(folder)).endsWith('-init')
}

/** The instructions that have made a layer, the newest first. Empty if the engine does not know them. */
async function layerSteps(
  { link, images }: LayerSource,
  imageId: string,
  upper: string,
): Promise<NonNullable<Layer['step']>[]> {
  const [empty, steps] = await Promise.all([emptySteps(link, imageId, upper), historyOf(images, imageId)])
  if (empty?.length !== steps.length) return []
  return steps.filter((_step, index) => empty[index] !== true)
}

/**
 * Tells for each step of an image's history whether it has made no layer. The newest step is first. `layer` is the
 * folder of any layer. Undefined if the engine does not keep the image's configuration beside the layers.
 */
export async function emptySteps(
  link: Pick<SshLink, 'exec'>,
  imageId: string,
  layer: string,
): Promise<boolean[] | undefined> {
  const [, digest] = /^sha256:([0-9a-f]{64})$/.exec(imageId) ?? []
  // The layer is DATA/overlay2/ID/diff.
  const data = posix.dirname(posix.dirname(posix.dirname(layer)))
  if (digest === undefined || !/^\/[\w./-]+$/.test(data)) return undefined
  const file = `${data}/image/overlay2/imagedb/content/sha256/${digest}`
  const { code, stdout } = await link.exec(`head -c ${String(longestConfiguration)} ${file}`)
  const configuration = code === 0 ? parseConfiguration(stdout) : undefined
  return configuration?.history?.map((step) => step.empty_layer === true).reverse()
}

async function historyOf(images: LayerSource['images'], id: string): Promise<NonNullable<Layer['step']>[]> {
  try {
    return (await images.details(id)).steps
  } catch (error) {
    if (error instanceof BerthError && error.code === 'image.not-found') return []
    throw error
  }
}

function parseConfiguration(text: string): z.infer<typeof configurationSchema> | undefined {
  try {
    return configurationSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The arguments with which the machine's program finds the layers and mounts of a container. */
export function layerArguments({ id, pid, layers, mounts }: ContainerStorage, driver: string): string[] {
  if (layers === undefined) throw new BerthError('isolation.driver', { driver })
  return [
    ...[layers.upper, ...layers.lowers].map((folder) => `layer=${encodeFilePath(folder)}`),
    ...mounts.map(({ target }) => `mount=${encodeFilePath(target)}`),
    ...(pid > 0 ? [`pid=${String(pid)}`, `id=${id}`] : []),
  ]
}

const types = new Map<string, EntryType>([
  ['f', 'file'],
  ['d', 'folder'],
  ['l', 'link'],
  ['D', 'deleted'],
])
const entryType = z.string().transform((letter): EntryType => types.get(letter) ?? 'other')

export const pathLineSchema = z
  .object({
    path: encodedText,
    mount: z.boolean(),
    found: z.array(z.tuple([z.number(), entryType, fileBytes, z.number()])),
    link: encodedText,
  })
  .transform(({ path, mount, found, link }): PathOrigin => ({
    path,
    mount,
    link,
    found: found.map(([layer, type, bytes, hidden]) => ({ layer, type, size: bytes, hidden: hidden === 1 })),
  }))

const kinds = { A: 'added', C: 'changed', D: 'deleted' } as const

export const changesLineSchema = z
  .object({
    changes: z.array(z.tuple([z.enum(['A', 'C', 'D']), entryType, fileBytes, encodedText])),
    more: z.boolean(),
  })
  .transform(({ changes, more }): LayerChanges => ({
    changes: changes.map(([kind, type, bytes, path]) => ({ kind: kinds[kind], type, size: bytes, path })),
    more,
  }))
