import { reclaimableNames, type DiskKind, type KindUsage } from '../../shared/disk'
import type { EngineClient } from './client'
import { typed } from './engine-errors'
import { diskUsageSchema, pruneSchema, type EngineDiskUsage } from './schemas'

export interface Pruned {
  removed: number
  /** As the engine counts them. */
  bytes: number
}

/** Volumes are pruned by `Volumes`. */
export type PrunableKind = Exclude<DiskKind, 'volumes'>

const pruneRequests = {
  containers: { path: '/containers/prune' },
  // Not only the untagged ones.
  images: { path: '/images/prune', query: { filters: JSON.stringify({ dangling: ['false'] }) } },
  'build-cache': { path: '/build/prune', query: { all: true } },
}

/** A container in one of these states is left alone by a prune. */
const activeStates = ['running', 'paused', 'restarting']

/** What the engine keeps on its disk, and how to be rid of what nothing uses. */
export class EngineDisk {
  readonly #client: EngineClient

  constructor(client: EngineClient) {
    this.#client = client
  }

  /** Works the sizes out anew, which takes seconds where there are many volumes. */
  async usage(signal?: AbortSignal): Promise<KindUsage[]> {
    const answer = await typed({}, () =>
      this.#client.json({ method: 'GET', path: '/system/df', signal }, diskUsageSchema),
    )
    return kindUsages(answer)
  }

  /** Removes everything of a kind that is not in use. Stopped containers count as using their image and volumes. */
  async prune(kind: PrunableKind): Promise<Pruned> {
    const answer = await typed({}, () =>
      this.#client.json({ method: 'POST', ...pruneRequests[kind] }, pruneSchema),
    )
    const images = (answer.ImagesDeleted ?? []).filter(({ Deleted }) => Deleted !== undefined)
    return {
      removed: answer.ContainersDeleted.length + images.length + answer.CachesDeleted.length,
      bytes: answer.SpaceReclaimed ?? 0,
    }
  }
}

/** Sums the engine's answer up as `docker system df` does (github.com/docker/cli cli/command/formatter/disk_usage.go). */
export function kindUsages(answer: EngineDiskUsage): KindUsage[] {
  return [images(answer), containers(answer), volumes(answer), buildCache(answer)]
}

function images({ Images, LayersSize }: EngineDiskUsage): KindUsage {
  const all = Images ?? []
  const unused = all.filter(({ Containers }) => Containers <= 0)
  const total = LayersSize ?? sum(all.map(({ Size }) => Size))
  // Layers that images share stand in each one's size: only what is an image's own can be counted off.
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
      names: listed(stopped.map(({ Id, Names: [name = shortId(Id)] }) => name.replace(/^\//, ''))),
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

function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
