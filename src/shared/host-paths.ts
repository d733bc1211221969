/** True if the text looks like the beginning of a full path of this computer: `/`, `~` or `C:\`. */
export function isPathLike(text: string): boolean {
  return /^(?:\/|~(?:$|[\\/])|[A-Za-z]:(?:$|[\\/]))/.test(text)
}

/** The separator of a path, which the path itself shows: only paths of Windows have drives or backslashes. */
export function separatorOf(path: string): '/' | '\\' {
  return /^[A-Za-z]:/.test(path) || (path.includes('\\') && !path.startsWith('/')) ? '\\' : '/'
}

/** Splits a text into the folder and the beginning of a name in it: `/home/me/pro` → `/home/me/` and `pro`. */
export function splitTyped(text: string): { folder: string; prefix: string } {
  if (text === '~' || /^[A-Za-z]:$/.test(text)) return { folder: text, prefix: '' }
  const end = Math.max(text.lastIndexOf('/'), separatorOf(text) === '\\' ? text.lastIndexOf('\\') : -1)
  return { folder: text.slice(0, end + 1), prefix: text.slice(end + 1) }
}

/** The path of a folder with a separator at its end, so that the user can continue with a name. */
export function asFolder(path: string): string {
  const separator = separatorOf(path)
  return path.endsWith(separator) ? path : path + separator
}

/** Joins a folder and a path below it. A full path stays as it is. */
export function joinHostPath(folder: string, path: string): string {
  return isPathLike(path) || folder === '' ? path : asFolder(folder) + path
}

/** The part of `path` below `folder`. Undefined if the path is not below the folder. */
export function relativeTo(folder: string, path: string): string | undefined {
  const base = asFolder(folder)
  return path.startsWith(base) && path.length > base.length ? path.slice(base.length) : undefined
}
