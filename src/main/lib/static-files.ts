import { stat } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import { lookup } from 'mrmime'

/** The file types of the renderer's bundle. Files of other types are not served. */
const servedTypes = ['.html', '.js', '.css', '.json', '.svg', '.png', '.ico', '.woff', '.woff2', '.wasm']
const textTypes = ['.html', '.js', '.css', '.json']

export interface StaticFile {
  path: string
  bytes: number
  contentType: string
  /** True if the file may be cached forever, because its name contains a hash of its content (below /assets). */
  immutable: boolean
}

/**
 * The file for a URL's path. If the path has no file extension, this is the bundle's page, and the renderer's router
 * handles the path. Undefined if there is no such file, or if it would be outside `folder`.
 */
export async function findStaticFile(folder: string, urlPath: string): Promise<StaticFile | undefined> {
  const path = decode(urlPath)
  if (path === undefined) return undefined
  const name = extname(path) === '' ? 'index.html' : path
  const full = resolve(join(folder, name))
  const contentType = contentTypeOf(extname(full))
  if (contentType === undefined || !full.startsWith(resolve(folder) + sep)) return undefined
  const found = await stat(full).catch(() => undefined)
  if (found?.isFile() !== true) return undefined
  return { path: full, bytes: found.size, contentType, immutable: path.startsWith('/assets/') }
}

function contentTypeOf(extension: string): string | undefined {
  const type = servedTypes.includes(extension) ? lookup(extension) : undefined
  return textTypes.includes(extension) ? `${type}; charset=utf-8` : type
}

function decode(urlPath: string): string | undefined {
  try {
    const path = decodeURIComponent(urlPath)
    return path.includes('\0') ? undefined : path
  } catch {
    return undefined
  }
}
