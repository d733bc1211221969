import { posix } from 'node:path'

const drivePattern = /^([A-Za-z]):(?:[\\/]|$)/
/** `/c/Users` of MSYS and Git Bash, which escape it as `//c/Users`, and `/mnt/c/Users` of WSL. */
const posixDrivePattern = /^(?:\/{1,2}|\/mnt\/)([A-Za-z])(?=\/|$)/
/** On macOS these are symbolic links into /private. */
const macLinkPattern = /^\/(tmp|var|etc)(?=\/|$)/

/**
 * True for a path of another computer (`\\server\share`) and for a device (`\\.\pipe\x`). `\\?\C:\x` is an ordinary
 * path.
 */
export function isNetworkPath(path: string): boolean {
  return path.startsWith('\\\\') && !/^\\\\\?\\[A-Za-z]:/.test(path)
}

/**
 * Converts a host path to the path in the machine: the same path, or `/c/Users/me` for `C:\Users\me`. Returns undefined
 * if the text is not an absolute path on this kind of host. A path with a drive letter is converted on every kind of
 * host. This function looks only at the text, and never at the file system. It resolves `..` in the text.
 */
export function guestPath(hostPath: string, platform: NodeJS.Platform): string | undefined {
  if (hostPath.includes('\0') || isNetworkPath(hostPath)) return undefined
  const path = hostPath.replace(/^\\\\\?\\/, '')
  const drive = drivePattern.exec(path)?.[1]
  if (drive !== undefined) return driveGuestPath(drive, path.slice(2))
  if (platform === 'win32') {
    const [prefix, letter] = posixDrivePattern.exec(path) ?? []
    if (prefix !== undefined && letter !== undefined) return driveGuestPath(letter, path.slice(prefix.length))
  }
  if (!path.startsWith('/')) return undefined
  // Windows reads `/\server` as the name of another computer. With one slash, it is a folder of this computer.
  const slashed = platform === 'win32' ? path.replaceAll('\\', '/') : path
  const normal = withoutTrailingSlash(posix.normalize(slashed))
  return platform === 'darwin' ? normal.replace(macLinkPattern, '/private/$1') : normal
}

/** Converts a path that {@link guestPath} has returned to the host path. */
export function hostPath(path: string, platform: NodeJS.Platform): string {
  const [, drive, rest] = /^\/([a-z])(\/.*|$)/.exec(path) ?? []
  if (platform !== 'win32' || drive === undefined || rest === undefined) return path
  return `${drive.toUpperCase()}:${rest === '' ? '\\' : rest.replaceAll('/', '\\')}`
}

/**
 * The part of `path` below `folder`. Each of the two is a guest path. Returns '' for the folder itself, and undefined
 * for a path outside the folder. Ignores case for hosts whose file systems ignore case (macOS and Windows).
 */
export function pathBelow(path: string, folder: string, platform: NodeJS.Platform): string | undefined {
  const fold = (text: string) => (platform === 'linux' ? text : text.normalize('NFC').toLowerCase())
  const wanted = path.split('/').filter((part) => part !== '')
  const base = folder.split('/').filter((part) => part !== '')
  if (base.length > wanted.length) return undefined
  if (!base.every((part, index) => fold(part) === fold(wanted[index] ?? ''))) return undefined
  return wanted.slice(base.length).join('/')
}

/** True if a guest path is Berth's own folder, or is below it. */
export function isInOwnFolder(path: string, ownFolder: string, platform: NodeJS.Platform): boolean {
  const own = guestPath(ownFolder, platform)
  return own !== undefined && pathBelow(path, own, platform) !== undefined
}

function driveGuestPath(letter: string, rest: string): string {
  const below = posix.normalize(`/${rest.replaceAll('\\', '/')}`)
  return withoutTrailingSlash(`/${letter.toLowerCase()}${below}`)
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}
