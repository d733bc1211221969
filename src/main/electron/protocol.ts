import { readFile } from 'node:fs/promises'
import { protocol } from 'electron'
import { contentSecurityPolicy } from '../../shared/csp'
import { findStaticFile } from '../lib'
import { appScheme, parseOwnUrl } from './origin'

/** Makes `app://` a secure, standard scheme with an origin of its own. To be called before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: appScheme,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ])
}

/** Serves the built renderer in `folder`, and nothing outside it, as `app://berth/`. */
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
