import { encodeFilePath } from '../../shared/file-paths'
import { shellQuoted } from '../lib'
import type { SshLink } from '../ssh'
import type { LayerData } from './subject'

/** The most folders of a layer that Berth looks at, the largest first. */
const mostFolders = 1_000
/** How many seconds the machine may take for a layer. */
const limitSeconds = 60

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
  const measure = `timeout ${String(limitSeconds)} du -x -k -d 3 ${shellQuoted(folder)}`
  const command = `${measure} | sort -rn | head -n ${String(mostFolders)}`
  const { stdout } = await link.exec(command, { background: true })
  return layerData(stdout, folder)
}

/** Folders that may be lost: what they hold is no data. */
const passing = new Set(['tmp', 'run', 'log', 'logs', 'cache', 'caches', '.cache', '.npm', '__pycache__'])

/** A folder holds the data if it has at least this part of them. */
const mainPart = 0.6

/**
 * Reads the output of `du`: the size of each folder in KiB with everything in it, a tab, and its path. Undefined if the
 * size of the layer itself, which `du` writes last, is missing.
 */
export function layerData(output: string, layer: string): LayerData | undefined {
  const sizes = new Map<string, number>()
  for (const line of output.split('\n')) {
    const [, size, path = ''] = /^(\d{1,15})\t(.*)$/.exec(line) ?? []
    if (size !== undefined && (path === layer || path.startsWith(`${layer}/`)))
      sizes.set(path.slice(layer.length), Number(size) * 1024)
  }
  withoutPassing(sizes)
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
