import { stat } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'

/** Everything the renderer's bundle consists of; a file of another type is not served. */
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

export interface StaticFile {
  path: string
  bytes: number
  contentType: string
  /** Names below /assets carry a hash of their content and may be kept for ever. */
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
  const contentType = contentTypes[extname(full)]
  if (contentType === undefined || !full.startsWith(resolve(folder) + sep)) return undefined
  const found = await stat(full).catch(() => undefined)
  if (found?.isFile() !== true) return undefined
  return { path: full, bytes: found.size, contentType, immutable: path.startsWith('/assets/') }
}

function decode(urlPath: string): string | undefined {
  try {
    const path = decodeURIComponent(urlPath)
    return path.includes('\0') ? undefined : path
  } catch {
    return undefined
  }
}
