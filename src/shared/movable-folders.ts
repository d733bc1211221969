/**
 * Folders with the programs, settings and passing files of a system. A volume there would hide those of a newer image.
 */
const systemFolders = new Set([
  ...['bin', 'boot', 'dev', 'etc', 'lib', 'lib32', 'lib64', 'libx32'],
  ...['proc', 'run', 'sbin', 'sys', 'tmp', 'usr'],
])
/** Often links to folders of the system, such as `/run`. */
const systemLinks = ['/var/run', '/var/lock']
const systemPaths = new Set(['/var', '/var/lib'])

/**
 * The path of a folder of a container that can move to a volume. Undefined for a folder that holds more than data, and
 * for a name that is no text, which no mount can have. `folder` is an encoded path.
 */
export function movableFolder(folder: string): string | undefined {
  const path = textOf(folder)
  const [root, ...parts] = path?.split('/') ?? []
  const isPlain = root === '' && parts.length > 0 && parts.every((part) => !['', '.', '..'].includes(part))
  if (path === undefined || !isPlain || systemPaths.has(path)) return undefined
  const isSystem =
    systemFolders.has(parts[0] ?? '') || systemLinks.some((link) => `${path}/`.startsWith(`${link}/`))
  return isSystem ? undefined : path
}

/** What must stay free on the disk after a copy, because the engine needs it to write its own files. Bytes. */
export const moveMargin = 64 * 1024 ** 2

/** Whether the copy of a folder fits on the disk. */
export function hasSpaceFor({ bytes, free }: { bytes: number; free: number }): boolean {
  return bytes + moveMargin <= free
}

function textOf(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** A name for the volume that gets the folder. `isTaken`: there is already a volume of this name. */
export function volumeNameFor(container: string, folder: string, isTaken: (name: string) => boolean): string {
  const last = folder.slice(folder.lastIndexOf('/') + 1)
  const name = `${container}-${last}`.replaceAll(/[^a-zA-Z0-9_.-]+/g, '-').slice(0, 200)
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${String(count)}`
    if (!isTaken(candidate)) return candidate
  }
}
