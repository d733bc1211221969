import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { protocol } from 'electron'
import { contentSecurityPolicy } from '../../shared/csp'
import { downloadsPath } from '../../shared/transfers'
import type { Api } from '../api'
import { findStaticFile } from '../lib'

const appScheme = 'app'
const appHost = 'berth'

const securityHeaders = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
}

/** The origin of the renderer in every window. */
export const appUrl = `${appScheme}://${appHost}`

/**
 * Parses a URL of Berth's own origin; undefined for any other URL. This compares the parsed parts, because a test of
 * the prefix would accept `app://berth.evil`.
 */
export function parseOwnUrl(url: string): URL | undefined {
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  const own =
    parsed.protocol === `${appScheme}:` &&
    parsed.host === appHost &&
    parsed.username === '' &&
    parsed.password === ''
  return own ? parsed : undefined
}

/** Makes `app://` a secure, standard scheme with its own origin. Call this before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: appScheme,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ])
}

/**
 * Serves the built renderer in `folder` as `app://berth/`, and the offered downloads. Other files are never served.
 */
export function serveRenderer(folder: string, downloads: Api['downloads']): void {
  protocol.handle(appScheme, (request) => respond(folder, downloads, request))
}

async function respond(folder: string, downloads: Api['downloads'], request: Request): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405)
  const url = parseOwnUrl(request.url)
  if (url?.pathname.startsWith(downloadsPath) === true)
    return request.method === 'GET' ? sendDownload(downloads, url.pathname) : answer(404)
  const file = url === undefined ? undefined : await findStaticFile(folder, url.pathname)
  if (file === undefined) return answer(404)
  return answer(200, file.contentType, new Uint8Array(await readFile(file.path)))
}

/** Electron saves a response with `Content-Disposition: attachment` as a file, and asks the user where. */
function sendDownload(downloads: Api['downloads'], path: string): Response {
  const download = downloads.take(path)
  if (download === undefined) return answer(404)
  const body = Readable.toWeb(download.stream) as ReadableStream<Uint8Array<ArrayBuffer>>
  return new Response(body, { headers: { ...securityHeaders, ...download.headers } })
}

function answer(
  status: number,
  contentType = 'text/plain; charset=utf-8',
  body: Uint8Array<ArrayBuffer> | null = null,
): Response {
  return new Response(body, {
    status,
    headers: {
      ...securityHeaders,
      'Content-Type': contentType,
    },
  })
}
