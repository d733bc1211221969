import { PassThrough, type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  importCommand,
  loadCommand,
  pullCommand,
  pushCommand,
  saveCommand,
} from '../../shared/docker-commands'
import { BerthError } from '../../shared/errors'
import { type ArchiveContent, type LayerProgress, withDefaultTag } from '../../shared/images'
import { isLayerDone } from '../../shared/layer-states'
import type { Task, TaskProgress } from '../../shared/tasks'
import type { Engine } from '../engine'
import type { RegistryLogins } from '../registries'
import type { SshLink } from '../ssh'
import type { RunningTask, Tasks } from '../tasks'
import { type Recorder, recorded, type Timelines } from '../timelines'
import { archiveContent } from './archive-content'
import { ensureBaseImage } from './base-image'

export interface ImageTasksOptions {
  engine: Pick<Engine, 'images'>
  logins: Pick<RegistryLogins, 'forImage'>
  link: Pick<SshLink, 'exec'>
  tasks: Tasks
  /** Without timelines, nothing is recorded. */
  timelines?: Pick<Timelines, 'begin'>
}

/** A file from a window. */
export interface ArchiveFile {
  fileName: string
  bytes: number
}

/** The long jobs with images: pull, push, load, import and save. Each is a task. */
export class ImageTasks {
  readonly #options: ImageTasksOptions
  #ensuring: Promise<{ reference: string }> | undefined

  constructor(options: ImageTasksOptions) {
    this.#options = options
  }

  /** See {@link ensureBaseImage}. Simultaneous calls make one image. */
  ensureBase(): Promise<{ reference: string }> {
    this.#ensuring ??= ensureBaseImage(this.#options).finally(() => {
      this.#ensuring = undefined
    })
    return this.#ensuring
  }

  /** Starts a pull, and returns the task's id. If the same pull is already running, returns that task's id. */
  pull(typed: string): string {
    const { engine, logins, tasks, timelines } = this.#options
    const reference = withDefaultTag(typed)
    const running = this.#running('pull', reference)
    if (running !== undefined) return running
    return tasks.start({
      kind: 'pull',
      params: { reference },
      command: pullCommand(reference),
      run: async (task, signal) => {
        const pull = async (timeline: Recorder) => {
          const login = await logins.forImage(reference)
          const report = (message: string) => void task.log(`${message}\n`)
          for await (const layers of engine.images.pull(reference, { signal, login, report })) {
            task.detail({ layers })
            task.progress(layerSteps(layers))
            timeline.layers(layers)
          }
          signal.throwIfAborted()
        }
        await recorded(timelines, { kind: 'pull', id: task.id, image: reference }, (timeline) =>
          timeline.during('pull', () => pull(timeline)),
        )
        return { imageId: (await engine.images.get(reference)).id }
      },
    })
  }

  /** Starts a push, and returns the task's id. If the same push is already running, returns that task's id. */
  push(typed: string): string {
    const { engine, logins, tasks } = this.#options
    const reference = withDefaultTag(typed)
    const running = this.#running('push', reference)
    if (running !== undefined) return running
    return tasks.start({
      kind: 'push',
      params: { reference },
      command: pushCommand(reference),
      run: async (task, signal) => {
        const login = await logins.forImage(reference)
        const digest = await engine.images.push(reference, {
          signal,
          login,
          report: (message) => void task.log(`${message}\n`),
          onLayers: (layers) => {
            task.detail({ layers })
            task.progress(layerSteps(layers))
          },
        })
        return digest === undefined ? {} : { digest }
      },
    })
  }

  /**
   * Loads the images of an archive. Resolves when the task has ended. A cancelled task destroys the stream.
   * @throws BerthError the error of the failed task
   */
  async load(file: ArchiveFile, archive: Readable): Promise<object> {
    const { engine, tasks } = this.#options
    const id = tasks.start({
      kind: 'image-load',
      params: file,
      command: loadCommand(file.fileName),
      run: async (task, signal) => {
        const report = (message: string) => void task.log(message)
        const body = counted(archive, file.bytes, task, signal)
        return { images: await engine.images.load(body, { report, signal }) }
      },
    })
    await this.#outcome(id)
    return {}
  }

  /**
   * Imports a root file system as an image. Resolves with the image's id. Otherwise like {@link load}.
   * @throws BerthError the error of the failed task
   */
  async import(file: ArchiveFile & { reference: string }, archive: Readable): Promise<{ id?: string }> {
    const { engine, tasks } = this.#options
    const reference = withDefaultTag(file.reference)
    const id = tasks.start({
      kind: 'image-import',
      params: { ...file, reference },
      command: importCommand(file.fileName, reference),
      run: async (task, signal) => {
        const body = counted(archive, file.bytes, task, signal)
        return { imageId: (await engine.images.import(reference, body, { signal })).id }
      },
    })
    const task = await this.#outcome(id)
    return task.kind === 'image-import' && task.result !== null ? { id: task.result.imageId } : {}
  }

  /**
   * Opens the archive of images, like `docker save`. The task ends with the stream. An abort of `signal` cancels the
   * task, and so does a destroyed stream.
   * @throws BerthError image.not-found; the BerthErrors of the engine
   */
  async save(images: string[], signal: AbortSignal): Promise<Readable> {
    const { engine, tasks } = this.#options
    return new Promise((resolve, reject) => {
      const output = new PassThrough()
      /** True if the engine's archive has failed, and not the reader of the output. */
      let archiveFailed = false
      const id = tasks.start({
        kind: 'image-save',
        params: { images },
        command: saveCommand(images),
        run: async (task, cancelled) => {
          try {
            const archive = await engine.images.save(images, cancelled).catch((error: unknown) => {
              archiveFailed = true
              output.destroy()
              throw error
            })
            archive.once('error', () => {
              archiveFailed = !output.destroyed
            })
            resolve(output)
            let done = 0
            const counter = counting((bytes) => {
              done += bytes
              task.progress({ done, unit: 'bytes' })
            })
            await pipeline(archive, counter, output, { signal: cancelled })
            return { bytes: done }
          } catch (error) {
            reject(BerthError.from(error))
            throw error
          }
        },
      })
      const cancel = () => {
        tasks.cancel(id).catch(() => {
          // The user has dismissed the task, so it has ended.
        })
      }
      signal.addEventListener('abort', cancel, { once: true })
      output.once('close', () => {
        signal.removeEventListener('abort', cancel)
        if (!output.readableEnded && !archiveFailed) cancel()
      })
      if (signal.aborted) cancel()
    })
  }

  /** Says what a file contains, from its first `archiveHeadBytes` bytes. See {@link archiveContent}. */
  content(head: Buffer): Promise<ArchiveContent> {
    return archiveContent(head, this.#options.link)
  }

  #running(kind: 'pull' | 'push', reference: string): string | undefined {
    return this.#options.tasks
      .list()
      .find((task) => task.kind === kind && task.state === 'running' && task.params.reference === reference)
      ?.id
  }

  async #outcome(id: string): Promise<Task> {
    const task = await this.#options.tasks.ended(id)
    if (task.error !== null) throw BerthError.fromData(task.error)
    return task
  }
}

/**
 * Counts the layers that are done. A layer that is under way counts as a fraction. The download of a layer counts as
 * 70 % of it, because the engine unpacks the layer after that.
 */
export function layerSteps(layers: readonly LayerProgress[]): TaskProgress {
  const part = (layer: LayerProgress): number => {
    const fraction = layer.total === 0 ? 0 : Math.min(1, layer.current / layer.total)
    if (isLayerDone(layer)) return 1
    if (layer.status === 'downloading') return 0.7 * fraction
    if (layer.status === 'verifying' || layer.status === 'downloaded') return 0.7
    if (layer.status === 'extracting') return 0.7 + 0.3 * fraction
    return layer.status === 'uploading' ? fraction : 0
  }
  const done = layers.reduce((sum, layer) => sum + part(layer), 0)
  return { done, total: layers.length, unit: 'steps' }
}

/** Passes a file on, and reports its bytes as the task's progress. An abort destroys the file's stream. */
function counted(
  file: Readable,
  total: number,
  task: Pick<RunningTask<'image-load'>, 'progress'>,
  signal: AbortSignal,
): Readable {
  let done = 0
  const counter = counting((bytes) => {
    done += bytes
    task.progress({ done, total, unit: 'bytes' })
  })
  // The engine's request reports the error, because the pipeline passes it on to `counter`.
  pipeline(file, counter, { signal }).catch(() => undefined)
  return counter
}

function counting(count: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      count(chunk.length)
      callback(null, chunk)
    },
  })
}
