import { readFile } from 'node:fs/promises'
import { protocol } from 'electron'
import { contentSecurityPolicy } from '../../shared/csp'
import { findStaticFile } from '../lib'

const appScheme = 'app'
const appHost = 'berth'

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

/** Serves the built renderer in `folder` as `app://berth/`. Files outside the folder are never served. */
export function serveRenderer(folder: string): void {
  protocol.handle(appScheme, (request) => respond(folder, request))
}

async function respond(folder: string, request: Request): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405)
  const url = parseOwnUrl(request.url)
  const file = url === undefined ? undefined : await findStaticFile(folder, url.pathname)
  if (file === undefined) return answer(404)
  return answer(200, file.contentType, new Uint8Array(await readFile(file.path)))
}

function answer(
  status: number,
  contentType = 'text/plain; charset=utf-8',
  body: Uint8Array<ArrayBuffer> | null = null,
): Response {
  return new Response(body, {
    status,
    headers: {
      'Content-Type': contentType,
      'Content-Security-Policy': contentSecurityPolicy,
      'X-Content-Type-Options': 'nosniff',
    },
  })
}
