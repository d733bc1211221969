import { reclaimableNames, type DiskKind, type KindUsage } from '../../shared/disk'
import { shortId } from '../../shared/short-id'
import type { EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { listedName } from './mapping'
import { diskUsageSchema, imageIdsSchema, pruneSchema, type EngineDiskUsage } from './schemas'

export interface Pruned {
  removed: number
  /** The freed bytes that the engine reports. */
  bytes: number
}

/** The kinds that `EngineDisk` prunes. For volumes, there is `Volumes.prune`. */
export type PrunableKind = Exclude<DiskKind, 'volumes'>

const pruneRequests = {
  containers: { path: '/containers/prune' },
  // Without this filter, the engine prunes only untagged images.
  images: { path: '/images/prune', query: { filters: JSON.stringify({ dangling: ['false'] }) } },
  'build-cache': { path: '/build/prune', query: { all: true } },
}

/** A prune skips containers in these states. */
const activeStates = ['running', 'paused', 'restarting']

/** Reports how much disk space the engine uses, and removes unused objects. */
export class EngineDisk {
  readonly #client: EngineClient

  constructor(client: EngineClient) {
    this.#client = client
  }

  /** Computes the sizes again, which takes seconds if there are many volumes. */
  async usage(signal?: AbortSignal): Promise<KindUsage[]> {
    const answer = await withEngineErrors({}, () =>
      this.#client.json({ method: 'GET', path: '/system/df', signal }, diskUsageSchema),
    )
    return kindUsages(answer)
  }

  /** Removes all unused objects of a kind. A stopped container still uses its image and volumes. */
  async prune(kind: PrunableKind): Promise<Pruned> {
    const [imageIds, answer] = await withEngineErrors({}, async () => [
      kind === 'images' ? await this.#imageIds() : new Set<string>(),
      await this.#client.json({ method: 'POST', ...pruneRequests[kind] }, pruneSchema),
    ])
    // The engine also lists the layers that it has removed.
    const images = (answer.ImagesDeleted ?? []).filter(
      ({ Deleted }) => Deleted !== undefined && imageIds.has(Deleted),
    )
    return {
      removed: answer.ContainersDeleted.length + images.length + answer.CachesDeleted.length,
      bytes: answer.SpaceReclaimed ?? 0,
    }
  }

  async #imageIds(): Promise<Set<string>> {
    const images = await this.#client.json({ method: 'GET', path: '/images/json' }, imageIdsSchema)
    return new Set(images.map(({ Id }) => Id))
  }
}

/**
 * Computes the same sums as `docker system df` (github.com/docker/cli cli/command/formatter/disk_usage.go), with one
 * exception. If every image is in use, no bytes of images are reclaimable.
 */
export function kindUsages(answer: EngineDiskUsage): KindUsage[] {
  return [images(answer), containers(answer), volumes(answer), buildCache(answer)]
}

function images({ Images, LayersSize }: EngineDiskUsage): KindUsage {
  const all = Images ?? []
  const unused = all.filter(({ Containers }) => Containers <= 0)
  const total = LayersSize ?? sum(all.map(({ Size }) => Size))
  // The size of an image includes layers that it shares with other images. So only the layers that an image does not
  // share count as used.
  const used = sum(
    all.filter((image) => !unused.includes(image)).map(({ Size, SharedSize }) => Size - SharedSize),
  )
  return {
    kind: 'images',
    count: all.length,
    bytes: total,
    reclaimable: {
      count: unused.length,
      bytes: unused.length === 0 ? 0 : Math.max(0, total - used),
      names: listed(unused.flatMap(({ Id, RepoTags }) => (RepoTags.length > 0 ? RepoTags : [shortId(Id)]))),
    },
  }
}

function containers({ Containers }: EngineDiskUsage): KindUsage {
  const all = Containers ?? []
  const stopped = all.filter(({ State }) => !activeStates.includes(State))
  const size = (some: typeof all) => sum(some.map(({ SizeRw }) => SizeRw ?? 0))
  return {
    kind: 'containers',
    count: all.length,
    bytes: size(all),
    reclaimable: {
      count: stopped.length,
      bytes: size(stopped),
      names: listed(stopped.map(listedName)),
    },
  }
}

function volumes({ Volumes }: EngineDiskUsage): KindUsage {
  const all = Volumes ?? []
  const unused = all.filter(({ UsageData }) => UsageData?.RefCount === 0)
  const size = (some: typeof all) => sum(some.map(({ UsageData }) => UsageData?.Size ?? 0))
  return {
    kind: 'volumes',
    count: all.length,
    bytes: size(all),
    reclaimable: {
      count: unused.length,
      bytes: size(unused),
      names: listed(unused.map(({ Name }) => Name)),
    },
  }
}

function buildCache({ BuildCache }: EngineDiskUsage): KindUsage {
  const all = BuildCache ?? []
  const unused = all.filter(({ InUse }) => !InUse)
  const size = (some: typeof all) => sum(some.filter(({ Shared }) => !Shared).map(({ Size }) => Size))
  return {
    kind: 'build-cache',
    count: all.length,
    bytes: size(all),
    reclaimable: {
      count: unused.length,
      bytes: size(unused),
      names: listed(unused.map(({ ID, Description }) => Description ?? ID)),
    },
  }
}

function listed(found: string[]): string[] {
  return found.sort().slice(0, reclaimableNames)
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
