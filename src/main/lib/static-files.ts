import { stat } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import { lookup } from 'mrmime'

/** The file types of the renderer's bundle; a file of another type is not served. */
const servedTypes = ['.html', '.js', '.css', '.json', '.svg', '.png', '.ico', '.woff', '.woff2', '.wasm']
const textTypes = ['.html', '.js', '.css', '.json']

export interface StaticFile {
  path: string
  bytes: number
  contentType: string
  /** Names below /assets carry a hash of their content and may be cached forever. */
  immutable: boolean
}

/**
 * The file for a URL's path; the bundle's page for a path that names no file, because the renderer's router knows
 * it. Undefined when there is none, or when it would be outside `folder`.
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
