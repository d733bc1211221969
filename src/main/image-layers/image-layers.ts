import type { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { encodeFileName, encodeFilePath, showFileName } from '../../shared/file-paths'
import { sharedLayerCount } from '../../shared/image-figures'
import {
  type comparisonEventSchema,
  type findingsEventSchema,
  type ImageFolder,
  type ImageLayers as Layers,
  type WalkProgress,
  type wasteEventSchema,
} from '../../shared/image-layers'
import type { Engine, EngineState } from '../engine'
import { emptySteps, openIsolation, readAnswer, readJson } from '../isolation'
import type { SshLink } from '../ssh'
import { comparisonLineSchema, findingsLineSchema, folderLineSchema, wasteLineSchema } from './guest-lines'
import { layersOfSteps } from './layer-steps'
import { StorageCache } from './storage-cache'

export interface ImageLayersOptions {
  link: Pick<SshLink, 'openCommand' | 'exec'>
  engine: { readonly images: Pick<Engine['images'], 'list' | 'details' | 'storage'> }
  state: Pick<EngineState, 'snapshot'>
}

/** The line of a walk that ends it, or that reports its progress. */
type WalkLine<Result> = WalkProgress | { type: 'gone' } | Result

/**
 * Shows what is inside an image: see decision 088. A program in the machine reads the layers as folders, so nothing is
 * started, pulled or exported. Every method also throws BerthError image.not-found, machine.connection-lost and
 * machine.not-running. Those that read files also throw image.layers-driver and image.layers-unsupported.
 */
export class ImageLayers {
  readonly #options: ImageLayersOptions
  readonly #storages: StorageCache

  constructor(options: ImageLayersOptions) {
    this.#options = options
    this.#storages = new StorageCache(options.engine.images)
  }

  async list(image: string): Promise<Layers> {
    const { engine, link } = this.#options
    const [{ diffIds, folders }, { steps: newestFirst }, others] = await Promise.all([
      this.#storages.get(image),
      engine.images.details(image),
      this.#storages.all(),
    ])
    const [top] = folders ?? []
    const empty = top === undefined ? undefined : await emptySteps(link, image, top)
    const steps = newestFirst.toReversed()
    const made = layersOfSteps(steps, diffIds.length, empty?.toReversed())
    const shared = [...others]
      .filter(([id]) => id !== image)
      .map(([id, other]) => ({ id, count: sharedLayerCount(diffIds, other.diffIds) }))
    return {
      driver: this.#driver,
      readable: folders !== undefined,
      layers: diffIds.map((diffId, index) => ({
        diffId,
        size: steps.find((_step, place) => made?.[place] === index + 1)?.size ?? null,
        images: shared.filter(({ count }) => count > index).map(({ id }) => id),
      })),
      steps: steps.map((step, index) => ({ ...step, layer: made?.[index] ?? null })),
      matched: made !== undefined,
    }
  }

  /**
   * Lists a folder of a layer, or of the whole image. `path` is encoded. A layer that the image does not have is empty.
   * @throws BerthError files.not-found; the signal's reason
   */
  async folder(
    { image, layer, path, from }: { image: string; layer: number | null; path: string; from: number },
    signal: AbortSignal,
  ): Promise<ImageFolder> {
    // No folder has such a name, and the machine's program refuses it.
    if (path.split('/').some((name) => name === '.' || name === '..'))
      throw new BerthError('files.not-found', { path: showFileName(path) })
    const folders = await this.#folders(image)
    if (layer !== null && layer > folders.length) return { entries: [], count: 0, more: false }
    const words = [
      ...['image-folder', ...layerWords(folders), `path=${path}`, `from=${String(from)}`],
      ...(layer === null ? [] : [`in=${String(folders.length - layer)}`]),
    ]
    return readAnswer(this.#options.link, words, {
      schema: folderLineSchema(folders.length),
      subject: { image, path },
      signal,
    })
  }

  async *waste(image: string, signal: AbortSignal): AsyncGenerator<z.infer<typeof wasteEventSchema>, void> {
    const folders = await this.#folders(image)
    const words = ['image-waste', ...layerWords(folders)]
    yield* this.#walk(words, wasteLineSchema(folders.length), { image, signal })
  }

  async *find(
    { image, text }: { image: string; text: string },
    signal: AbortSignal,
  ): AsyncGenerator<z.infer<typeof findingsEventSchema>, void> {
    const folders = await this.#folders(image)
    const words = ['image-find', ...layerWords(folders), `name=${encodeFileName(text)}`]
    yield* this.#walk(words, findingsLineSchema(folders.length), { image, signal })
  }

  async *compare(
    { image, other }: { image: string; other: string },
    signal: AbortSignal,
  ): AsyncGenerator<z.infer<typeof comparisonEventSchema>, void> {
    const [folders, others] = await Promise.all([this.#folders(image), this.#folders(other)])
    const words = ['image-compare', ...layerWords(folders), ...layerWords(others, 'other')]
    try {
      yield* this.#walk(words, comparisonLineSchema, { image, signal })
    } catch (error) {
      // The machine's program does not tell which of the two images was removed.
      if (error instanceof BerthError && error.code === 'image.not-found') await this.#storages.get(other)
      throw error
    }
  }

  get #driver(): string {
    return this.#options.state.snapshot()?.engine.storageDriver ?? ''
  }

  async #folders(image: string): Promise<string[]> {
    const { folders } = await this.#storages.get(image)
    if (folders === undefined) throw new BerthError('image.layers-driver', { driver: this.#driver })
    return folders
  }

  /** Yields the progress and the result of a walk through all files. Ends it in the machine when the reader leaves. */
  async *#walk<Result extends { type: 'result' } | WalkProgress>(
    words: readonly string[],
    schema: z.ZodType<WalkLine<Result>>,
    { image, signal }: { image: string; signal: AbortSignal },
  ): AsyncGenerator<WalkProgress | Result, void> {
    const stream = await openIsolation(this.#options.link, words, { subject: { image }, signal })
    let hasEnded = false
    try {
      for await (const line of readJson(stream, schema)) {
        if (line.type === 'gone') throw new BerthError('image.not-found', { image })
        hasEnded = line.type === 'result'
        yield line
      }
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
    signal.throwIfAborted()
    if (!hasEnded) throw new BerthError('machine.connection-lost')
  }
}

function layerWords(folders: readonly string[], key = 'layer'): string[] {
  return folders.map((folder) => `${key}=${encodeFilePath(folder)}`)
}
