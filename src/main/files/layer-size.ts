import { encodeFilePath } from '../../shared/file-paths'
import { shellQuoted } from '../lib'
import type { SshLink } from '../ssh'

/** The most folders of a layer that Berth looks at, the largest first. */
const mostFolders = 1_000
/** How many seconds the machine may take for a layer. */
const limitSeconds = 60
/** How many folders deep Berth looks for the one with the data. */
const usualDepth = 3

/** What a container has written into its own layer, without logs, caches and temporary files. Bytes. */
export interface LayerData {
  written: number
  /** The folder with the largest part of it, as an encoded path in the container. */
  folder: string
  inFolder: number
}

/**
 * Measures what a container has written into its layer, and finds the folder with the largest part of it. `folder` is
 * the layer's folder in the machine. Reads only the sizes of files, and follows no links. Undefined if this would take
 * too long.
 * @throws BerthError machine.connection-lost, machine.not-running
 */
export async function measureLayer(
  link: Pick<SshLink, 'exec'>,
  folder: string,
): Promise<LayerData | undefined> {
  const { stdout } = await link.exec(command(folder, usualDepth), { background: true })
  return layerData(stdout, folder)
}

/**
 * Measures what a container has written into its layer outside of `folder`, an encoded path in the container. Undefined
 * if this would take too long.
 * @throws BerthError machine.connection-lost, machine.not-running
 */
export async function writtenElsewhere(
  link: Pick<SshLink, 'exec'>,
  layer: string,
  folder: string,
): Promise<number | undefined> {
  const depth = folder.split('/').length - 1
  const { stdout } = await link.exec(command(layer, Math.max(depth, usualDepth)))
  const sizes = sizesIn(stdout, layer)
  const written = sizes.get('')
  const [, inFolder = 0] = [...sizes].find(([path]) => encodeFilePath(path) === folder) ?? []
  return written === undefined ? undefined : written - inFolder
}

function command(layer: string, depth: number): string {
  const measure = `timeout ${String(limitSeconds)} du -x -k -d ${String(depth)} ${shellQuoted(layer)}`
  return `${measure} | sort -rn | head -n ${String(mostFolders)}`
}

/** Folders that may be lost: what they hold is no data. */
const passing = new Set(['tmp', 'run', 'log', 'logs', 'cache', 'caches', '.cache', '.npm', '__pycache__'])

/** A folder holds the data if it has at least this part of them. */
const mainPart = 0.6

/** Finds the folder with the data. Undefined if the size of the layer itself, which `du` writes last, is missing. */
export function layerData(output: string, layer: string): LayerData | undefined {
  const sizes = sizesIn(output, layer)
  const written = sizes.get('')
  if (written === undefined) return undefined
  let [folder, inFolder] = ['', written]
  for (;;) {
    const next = largestChild(sizes, folder)
    if (next === undefined || next[1] < written * mainPart) break
    ;[folder, inFolder] = next
  }
  return { written, folder: folder === '' ? '/' : encodeFilePath(folder), inFolder }
}

/**
 * Reads the output of `du`: the size of each folder in KiB with everything in it, a tab, and its path. Returns the
 * sizes in bytes by the folders' paths in the layer, without the folders that hold no data.
 */
function sizesIn(output: string, layer: string): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const line of output.split('\n')) {
    const [, size, path = ''] = /^(\d{1,15})\t(.*)$/.exec(line) ?? []
    if (size !== undefined && (path === layer || path.startsWith(`${layer}/`)))
      sizes.set(path.slice(layer.length), Number(size) * 1024)
  }
  withoutPassing(sizes)
  return sizes
}

/** Removes the folders that hold no data, and takes their sizes off the folders above them. */
function withoutPassing(sizes: Map<string, number>): void {
  const isPassing = (path: string) => passing.has(path.slice(path.lastIndexOf('/') + 1))
  const names = [...sizes.keys()]
  const tops = names.filter((path) => isPassing(path) && !parents(path).some(isPassing))
  for (const top of tops) {
    const size = sizes.get(top) ?? 0
    for (const above of parents(top)) sizes.set(above, Math.max(0, (sizes.get(above) ?? 0) - size))
  }
  for (const path of names) if (isPassing(path) || parents(path).some(isPassing)) sizes.delete(path)
}

/** The folders above a path, such as `/var`, and `` for `/var/lib`. */
function parents(path: string): string[] {
  const found: string[] = []
  for (let end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
    found.push(path.slice(0, end))
    if (end === 0) break
  }
  return found
}

function largestChild(sizes: ReadonlyMap<string, number>, folder: string): [string, number] | undefined {
  return [...sizes]
    .filter(([path]) => path !== '' && path.slice(0, path.lastIndexOf('/')) === folder)
    .sort(([, a], [, b]) => b - a)[0]
}
