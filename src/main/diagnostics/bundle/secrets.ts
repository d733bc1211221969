import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../../../shared/settings'
import type { BerthPaths } from '../../host'
import type { DiagnosticsContext } from '../check'

type Place = Pick<BerthPaths, 'home' | 'machine'>

/** All secrets of this installation. A log may contain them, and they must not get into the bundle. */
export async function knownSecrets(
  paths: Place,
  settings: Settings,
  env: DiagnosticsContext['env'],
): Promise<string[]> {
  return [
    ...(await keyLines(paths.machine)),
    ...(await storedLogins([paths.home, paths.machine])),
    ...proxySecrets([settings.proxy.http, settings.proxy.https, ...Object.values(env)]),
    ...settings.registries.mirrors.flatMap((mirror) => urlSecrets(mirror)),
    ...strings(settings.daemon).filter((value) => value.length >= 8),
  ]
}

/** The lines of the key files. Each may appear alone in a log. */
async function keyLines(folder: string): Promise<string[]> {
  const names = (await fileNames(folder)).filter((name) => /_ed25519|_rsa|\.key$|\.pem$/.test(name))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.flatMap((text) =>
    text.split('\n').filter((line) => line.length > 20 && !line.includes('-----')),
  )
}

/** The user names and passwords of registry logins, including those in the `auth` fields that the Docker CLI writes. */
async function storedLogins(folders: string[]): Promise<string[]> {
  const found: string[] = []
  for (const folder of folders) {
    const names = (await fileNames(folder)).filter((name) => /(?:auth|credential|login).*\.json$/i.test(name))
    for (const name of names) found.push(...fileStrings(await readFile(join(folder, name), 'utf8')))
  }
  return found.flatMap((value) => [value, ...basicParts(value)])
}

function fileStrings(text: string): string[] {
  try {
    return strings(JSON.parse(text))
  } catch {
    return [text]
  }
}

/** Decodes `user:password` from base64. Returns the whole text and the password alone. */
function basicParts(value: string): string[] {
  const text = Buffer.from(value, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon > 0 && !text.includes('\ufffd') ? [text, text.slice(colon + 1)] : []
}

function proxySecrets(values: (string | undefined)[]): string[] {
  return values.flatMap((value) => (value === undefined ? [] : urlSecrets(value)))
}

/** The user name and the password in a URL, also decoded. */
function urlSecrets(value: string): string[] {
  if (!value.includes('@') || !URL.canParse(value)) return []
  const { username, password } = new URL(value)
  return [username, password].filter((part) => part !== '').flatMap((part) => [part, decoded(part)])
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Every string value in a JSON value. The names of fields are not included. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(strings)
}

async function fileNames(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}
