import { BerthError } from '../../shared/errors'
import { formatBytes } from '../../shared/bytes'
import type { ChangeParams, ChangeResult, MoveState, UpdateState } from '../../shared/changes'
import { composeLabels } from '../../shared/compose'
import type { ChangeTaskKind } from '../../shared/container-changes'
import { runCommand, type Word } from '../../shared/docker-commands'
import { encodeFilePath, showFileName } from '../../shared/file-paths'
import { isImageId } from '../../shared/image-references'
import { withDefaultTag } from '../../shared/images'
import { hasSpaceFor, movableFolder, moveMargin } from '../../shared/movable-folders'
import { changedFields, completeSpec, type ContainerSpec, type RunRequest } from '../../shared/run'
import { isSwarmTask } from '../../shared/swarm'
import {
  type CreateBody,
  type Engine,
  type EngineChange,
  type PullLogin,
  type Recreatable,
  withFields,
} from '../engine'
import type { LayerFolders } from '../files'
import type { Logger } from '../host'
import type { Emits } from '../lib'
import type { Mounts } from '../mounts'
import type { Tasks } from '../tasks'
import { hostNow, type Recorder, recorded, type Timelines, unrecorded } from '../timelines'
import { changeProgress, type ChangeProgress } from './change-progress'
import type { ContainerActions, RunStep } from './container-actions'
import type { Replacement, Replacements } from './replacement'
import type { Recovered } from './replacement-recovery'

export interface ContainerChangesOptions {
  engine: {
    readonly recreation: Pick<Engine['recreation'], 'read' | 'hasImage'>
    readonly images: Pick<Engine['images'], 'find' | 'pull'>
    readonly containers: Pick<Engine['containers'], 'get'>
    readonly volumes: Pick<Engine['volumes'], 'find'>
  } & Pick<Engine, 'registryDigest'>
  state: Emits<'change', [EngineChange]>
  actions: Pick<ContainerActions, 'run'>
  replacements: Pick<Replacements, 'replace' | 'recover'>
  mounts: Pick<Mounts, 'bindSource' | 'hostPath'>
  layerFolders: Pick<LayerFolders, 'measure' | 'copy' | 'writtenElsewhere'>
  /** The login with which the engine pulls an image. */
  loginFor: (reference: string) => Promise<PullLogin>
  tasks: Pick<Tasks, 'start'>
  /** Without timelines, nothing is recorded. */
  timelines?: Pick<Timelines, 'begin'>
  log: Logger
}

/** How many steps a run has, and an edit or update, both without a pull. */
const plannedSteps = { run: 2, replacement: 5 }

/** Runs, edits and updates containers. Each is a task. */
export class ContainerChanges {
  readonly #options: ContainerChangesOptions
  #recovering = Promise.resolve()

  constructor(options: ContainerChangesOptions) {
    this.#options = options
    options.state.on('change', ({ type }) => {
      if (type === 'snapshot') void this.recover()
    })
  }

  /** Pulls the image if the engine does not have it, as `docker run -d` does, then creates and starts a container. */
  run(request: RunRequest, sentAt?: number): string {
    const { name = '', image, platform = '' } = request
    const startedAt = hostNow()
    const command = runCommand(request, { withoutSecrets: true })
    const work = (progress: ChangeProgress, id: string): Promise<ChangeResult> => {
      const about = { kind: 'run', id, name, image, startedAt, sentAt } as const
      return recorded(this.#options.timelines, about, async (timeline) => {
        await this.#withImage(image, platform, progress, timeline)
        const step: RunStep = (step, act) => {
          progress.signal.throwIfAborted()
          // A container that has started is the user's. A cancel would have to remove it again.
          if (step === 'start') progress.commit()
          return progress.step(step, act)
        }
        const { id: containerId } = await this.#options.actions.run(request, step, timeline)
        return { containerId, unchanged: false, addresses: [] }
      })
    }
    return this.#start('container-run', { name, image, oldId: '' }, work, command)
  }

  /** @throws BerthError container.not-found, container.swarm-task */
  async editable(id: string): Promise<{ request: RunRequest & { name: string }; body: string }> {
    const old = await this.#changeable(id)
    return {
      request: { ...old.spec, binds: this.#shownBinds(old), name: old.name },
      body: pretty(old.name, old.body),
    }
  }

  /** @throws BerthError container.not-found; as `Mounts.bindSource` */
  async preview(id: string, request: RunRequest): Promise<{ before: string; after: string }> {
    const old = await this.#options.engine.recreation.read(id)
    const { body, name } = await this.#plan(old, request)
    return { before: pretty(old.name, old.body), after: pretty(name, body) }
  }

  /**
   * Begins to replace a container by a copy with other settings.
   * @throws BerthError container.not-found, container.swarm-task
   */
  async edit(id: string, request: RunRequest): Promise<string> {
    const old = await this.#changeable(id)
    const { name = old.name, image } = request
    return this.#start('container-edit', { name, image, oldId: old.id }, async (progress) => {
      const plan = await this.#plan(old, request)
      await this.#pullFor(plan, progress)
      // A pull can take minutes, and other programs may change the container in the meantime.
      const latest = await this.#options.engine.recreation.read(old.id)
      return this.#replace(await this.#withOldImage(rebased(plan, latest)), progress)
    })
  }

  /**
   * Compares a container's image with the image that its reference means now. With `ask`, asks the registry too.
   * @throws BerthError container.not-found, image.no-reference; with `ask`, as `Engine.registryDigest`
   */
  async updateState(id: string, ask: boolean): Promise<UpdateState> {
    const { engine, loginFor } = this.#options
    const old = await engine.recreation.read(id)
    const reference = updatable(old)
    const image = await engine.images.find(reference)
    const outdated = image !== undefined && image.id !== old.imageId
    if (!ask) return { reference, outdated }
    const signal = AbortSignal.timeout(registryLimitMs)
    const digest = await engine.registryDigest(reference, signal, await loginFor(reference))
    const newer = image?.digests.some((one) => one.endsWith(`@${digest}`)) !== true
    return { reference, outdated, newer }
  }

  /**
   * Begins to replace a container by a copy with the image that its reference means now.
   * The image has the platform of the container's image.
   * @throws BerthError container.not-found, container.swarm-task, image.no-reference
   */
  async update(id: string, pull: boolean): Promise<string> {
    const { engine } = this.#options
    const old = await this.#changeable(id)
    const reference = updatable(old)
    const params = { name: old.name, image: reference, oldId: old.id }
    return this.#start('container-update', params, async (progress) => {
      if (pull) await this.#pull(reference, old.platform, progress)
      const image = await engine.images.find(reference)
      if (image === undefined) throw new BerthError('image.not-found', { image: reference })
      if (!(await engine.recreation.hasImage(reference, old.platform)))
        throw new BerthError('image.other-platform', { image: reference, platform: old.platform })
      const latest = await engine.recreation.read(old.id)
      if (image.id === latest.imageId) return { containerId: old.id, unchanged: true, addresses: [] }
      const { body, spec, name } = latest
      return this.#replace({ old: latest, body, spec, name }, progress)
    })
  }

  /**
   * What moving a folder of a container's layer to a volume would take. `folder` is an encoded path.
   * @throws BerthError container.not-found, container.swarm-task, container.removed-on-stop, hint.compose,
   * hint.system-folder; as `LayerFolders.measure`
   */
  async moveState(id: string, folder: string): Promise<MoveState> {
    const { layerFolders } = this.#options
    const { old, path } = await this.#movable(id, folder)
    const target = { id: old.id, path: encodeFilePath(path) }
    const { bytes, free } = await layerFolders.measure(target)
    return { bytes, free, elsewhere: (await layerFolders.writtenElsewhere(target)) ?? null }
  }

  /**
   * Begins to copy a folder of a container's layer into the new volume `volume`, and to replace the container by a copy
   * with this volume. If the copy does not work, the old container comes back, and the volume is removed.
   * @throws BerthError volume.name-taken, container.not-found, container.swarm-task, container.removed-on-stop,
   * hint.compose, hint.system-folder
   */
  async move(id: string, folder: string, volume: string): Promise<string> {
    const { engine, layerFolders } = this.#options
    const { old, path } = await this.#movable(id, folder)
    if ((await engine.volumes.find(volume)) !== undefined)
      throw new BerthError('volume.name-taken', { volume })
    const target = { id: old.id, path: encodeFilePath(path) }
    const params = { name: old.name, image: old.spec.image, oldId: old.id }
    return this.#start('container-move', params, async (progress) => {
      const { signal } = progress
      const { bytes, free } = await progress.step('measure', () => layerFolders.measure(target, signal))
      signal.throwIfAborted()
      if (!hasSpaceFor({ bytes, free }))
        throw new BerthError('volume.no-space', {
          free: formatBytes(free),
          needed: formatBytes(bytes + moveMargin),
        })
      // A measurement can take minutes, and other programs may change the container in the meantime.
      const { old: latest } = await this.#movable(old.id, folder)
      const spec = { ...latest.spec, volumes: [...latest.spec.volumes, { volume, path, readOnly: false }] }
      const body = withFields(latest.body, { before: latest.spec, after: spec, fields: ['volumes'] })
      const copy = (): Promise<void> =>
        layerFolders.copy(target, {
          volume,
          signal,
          progress: (done) => {
            progress.bytes(done, bytes)
          },
        })
      const changed = { ...withoutFirstContent(body, volume), Image: await this.#sameImage(latest) }
      const fill = { volume, copy }
      return this.#replace({ old: latest, spec, name: latest.name, body: changed, fill }, progress)
    })
  }

  /** Completes the replacements that were interrupted. Calls do not overlap. Never rejects. */
  recover(): Promise<void> {
    this.#recovering = this.#recovering.then(async () => {
      try {
        for (const recovered of await this.#options.replacements.recover()) this.#report(recovered)
      } catch (error) {
        this.#options.log.error({ err: error }, 'could not complete an interrupted replacement')
      }
    })
    return this.#recovering
  }

  #start(
    kind: ChangeTaskKind,
    params: ChangeParams,
    work: (progress: ChangeProgress, taskId: string) => Promise<ChangeResult>,
    /** Docker has no command for an edit and an update. */
    command?: Word[],
  ): string {
    const planned = kind === 'container-run' ? plannedSteps.run : plannedSteps.replacement
    return this.#options.tasks.start({
      kind,
      params,
      ...(command === undefined ? {} : { command }),
      errorsAfterCancel: ['container.not-restored'],
      run: (task, signal) => work(changeProgress(task, { signal, planned }), task.id),
    })
  }

  /** Tells the user how Berth has ended a change that was interrupted. */
  #report({ name, containerId, outcome, keptVolumes }: Recovered): void {
    this.#options.tasks.start({
      kind: 'container-recovery',
      params: { name, image: '', oldId: containerId },
      usesMachine: false,
      run: (task) => {
        if (outcome === 'completed') return Promise.resolve({ containerId, unchanged: false, addresses: [] })
        task.detail({ steps: [], layers: [], restored: true })
        return Promise.reject(
          keptVolumes.length === 0
            ? new BerthError('container.change-interrupted', { container: name })
            : new BerthError('container.interrupted-in-use', {
                container: name,
                volumes: keptVolumes.join(', '),
              }),
        )
      },
    })
  }

  async #replace(replacement: Replacement, progress: ChangeProgress): Promise<ChangeResult> {
    const { id, addresses } = await this.#options.replacements.replace(replacement, progress)
    return { containerId: id, unchanged: false, addresses }
  }

  /** @throws BerthError container.not-found, container.swarm-task */
  async #changeable(id: string): Promise<Recreatable> {
    const old = await this.#options.engine.recreation.read(id)
    if (isSwarmTask({ labels: old.body.Labels ?? {} }))
      throw new BerthError('container.swarm-task', { container: old.name })
    return old
  }

  /** @throws BerthError as `moveState` */
  async #movable(id: string, folder: string): Promise<{ old: Recreatable; path: string }> {
    const old = await this.#changeable(id)
    const { name: container } = old
    // The blueprint lacks the labels that the image has too.
    const { autoRemove, labels } = await this.#options.engine.containers.get(old.id)
    // The next `compose up` would take the volume back.
    if (composeLabels.project in labels) throw new BerthError('hint.compose', { container })
    if (autoRemove) throw new BerthError('container.removed-on-stop', { container })
    const path = movableFolder(folder)
    if (path === undefined) throw new BerthError('hint.system-folder', { folder: showFileName(folder) })
    return { old, path }
  }

  /** The bind mounts, with the source paths of this computer instead of those of the machine. */
  #shownBinds({ spec }: Recreatable): NonNullable<RunRequest['binds']> {
    return spec.binds.map((bind) => ({ ...bind, hostPath: this.#options.mounts.hostPath(bind.hostPath) }))
  }

  /** Applies only the settings that the request changes, so that every other setting stays as it is. */
  async #plan(old: Recreatable, request: RunRequest): Promise<Replacement> {
    const places = new Map(
      this.#shownBinds(old).map(({ hostPath }, index) => [hostPath, old.spec.binds[index]?.hostPath]),
    )
    const complete = completeSpec(request)
    const binds = await Promise.all(
      complete.binds.map(async (bind) => ({
        ...bind,
        hostPath: places.get(bind.hostPath) ?? (await this.#options.mounts.bindSource(bind.hostPath)),
      })),
    )
    const name = request.name ?? old.name
    const spec = { ...complete, binds, name }
    const fields = changedFields(old.spec, spec)
    return { old, spec, name, body: withFields(old.body, { before: old.spec, after: spec, fields }) }
  }

  /** @throws as `#withImage` */
  async #pullFor({ old, spec }: Replacement, progress: ChangeProgress): Promise<void> {
    if (spec.image !== old.spec.image || spec.platform !== '')
      await this.#withImage(spec.image, spec.platform, progress)
  }

  /** If the container's image no longer has its name in the machine, creates the copy from the image's id. */
  async #withOldImage(plan: Replacement): Promise<Replacement> {
    const { old, spec, body } = plan
    const isOld = spec.image === old.spec.image && spec.platform === ''
    if (!isOld || (await this.#options.engine.images.find(spec.image)) !== undefined) return plan
    return { ...plan, body: { ...body, Image: old.imageId } }
  }

  /** The image's name, if it still means the container's image. Otherwise the image's id. */
  async #sameImage({ spec, imageId }: Recreatable): Promise<string> {
    const image = await this.#options.engine.images.find(spec.image)
    return image?.id === imageId ? spec.image : imageId
  }

  /** @throws BerthError image.not-found; as `Images.pull` */
  async #withImage(
    reference: string,
    platform: string,
    progress: ChangeProgress,
    timeline: Recorder = unrecorded,
  ): Promise<void> {
    const { recreation } = this.#options.engine
    const isHere = await timeline.during('lookup', () => recreation.hasImage(reference, platform))
    timeline.cached(isHere)
    if (isHere) return
    // A registry cannot find an image by its id.
    if (isImageId(reference)) throw new BerthError('image.not-found', { image: reference })
    await timeline.during('pull', () => this.#pull(reference, platform, progress, timeline))
  }

  async #pull(
    reference: string,
    platform: string,
    progress: ChangeProgress,
    timeline: Recorder = unrecorded,
  ): Promise<void> {
    const { engine, loginFor } = this.#options
    const { signal } = progress
    await progress.step('pull', async () => {
      const name = withDefaultTag(reference)
      const report = (line: string): void => {
        progress.log(line)
      }
      const options = { signal, login: await loginFor(name), platform, report }
      for await (const layers of engine.images.pull(name, options)) {
        progress.layers(layers)
        timeline.layers(layers)
      }
      signal.throwIfAborted()
    })
  }
}

/** How long a registry may take to answer, in milliseconds. */
const registryLimitMs = 30_000

/** @throws BerthError image.no-reference if the container's image can never change */
function updatable({ body, name }: Recreatable): string {
  if (isImageId(body.Image) || body.Image.includes('@'))
    throw new BerthError('image.no-reference', { container: name })
  return withDefaultTag(body.Image)
}

/** Applies the settings that a plan changes to the container as it is now. */
function rebased({ old, spec, name }: Replacement, latest: Recreatable): Replacement {
  const fields = changedFields(old.spec, spec)
  const wanted: Partial<ContainerSpec> = Object.fromEntries(fields.map((field) => [field, spec[field]]))
  const newName = name === old.name ? latest.name : name
  const after = { ...latest.spec, ...wanted, name: newName }
  const body = withFields(latest.body, { before: latest.spec, after, fields })
  return { old: latest, spec: after, name: newName, body }
}

/** The engine must not fill the volume from the image: the copy of the folder has what the container has left of it. */
function withoutFirstContent(body: CreateBody, volume: string): CreateBody {
  const mounts = body.HostConfig.Mounts?.map((mount) =>
    mount.Type === 'volume' && mount.Source === volume
      ? { ...mount, VolumeOptions: { NoCopy: true } }
      : mount,
  )
  return { ...body, HostConfig: { ...body.HostConfig, ...(mounts === undefined ? {} : { Mounts: mounts }) } }
}

function pretty(name: string, body: CreateBody): string {
  return JSON.stringify({ Name: name, ...body }, null, 2)
}
