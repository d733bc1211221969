import { BerthError } from '../../shared/errors'
import { encodeFilePath } from '../../shared/file-paths'
import type { FileTarget } from '../../shared/files'
import type { ContainerStorage, Engine } from '../engine'

/** The root of a container or volume, as arguments of the guest's program. */
export interface FileRoot {
  args: string[]
  /** True if the root belongs to a container that does not run. Only Berth changes its files then. */
  isStopped: boolean
}

/** The parts of the engine that tell where files are. */
export interface FileLocations {
  readonly containers: Pick<Engine['containers'], 'storage'>
  readonly volumes: Pick<Engine['volumes'], 'folder'>
}

/**
 * Finds the files of a container or volume in the machine.
 * @throws BerthError container.not-found, volume.not-found, files.stopped-unsupported, files.volume-unsupported
 */
export async function findRoot(engine: FileLocations, target: FileTarget): Promise<FileRoot> {
  return target.kind === 'container'
    ? containerRoot(await engine.containers.storage(target.id))
    : volumeRoot(engine, target.name)
}

/**
 * Finds the file system of a container without its volumes and bind mounts. The container may run: nothing is changed.
 * @throws BerthError container.not-found, files.stopped-unsupported
 */
export async function findLayers(
  engine: Pick<FileLocations, 'containers'>,
  container: string,
): Promise<{ args: string[]; upper: string }> {
  const { id, layers } = await engine.containers.storage(container)
  if (layers === undefined) throw new BerthError('files.stopped-unsupported', { container: id.slice(0, 12) })
  return { args: layerArguments(layers), upper: layers.upper }
}

function layerArguments(layers: ContainerStorage['layers']): string[] {
  if (layers === undefined) return []
  const { upper, work, lowers } = layers
  return [
    argument('upper', upper),
    argument('work', work),
    ...lowers.map((lower) => argument('lower', lower)),
  ]
}

function containerRoot({ id, pid, readOnly, layers, mounts }: ContainerStorage): FileRoot {
  const layerArgs = layerArguments(layers)
  if (pid > 0) return { args: [`pid=${pid}`, `id=${id}`, ...layerArgs], isStopped: false }
  if (layers === undefined) throw new BerthError('files.stopped-unsupported', { container: id.slice(0, 12) })
  const mountArgs = mounts
    // A mount inside another mount must come after it.
    .toSorted((a, b) => a.target.length - b.target.length)
    .map(
      (mount) =>
        `${mount.readOnly ? 'ro' : 'rw'}=${encodeFilePath(mount.source)}:${encodeFilePath(mount.target)}`,
    )
  return { args: [...layerArgs, ...mountArgs, ...(readOnly ? ['read-only=1'] : [])], isStopped: true }
}

async function volumeRoot(engine: FileLocations, name: string): Promise<FileRoot> {
  const folder = await engine.volumes.folder(name)
  if (folder === undefined) throw new BerthError('files.volume-unsupported', { volume: name })
  const mounted = folder.mountedInUse ? ['mounted=1'] : []
  return { args: [argument('folder', folder.path), ...mounted], isStopped: false }
}

function argument(key: string, path: string): string {
  return `${key}=${encodeFilePath(path)}`
}
