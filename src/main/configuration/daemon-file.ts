import { rename } from 'node:fs/promises'
import {
  changedDaemonOptions,
  daemonProblem,
  interruptingDaemonOptions,
  reloadableDaemonOptions,
} from '../../shared/daemon-options'
import { settingsSchema, type Settings } from '../../shared/settings'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { guestNetwork, jsonReason, readText } from '../lib'
import type { Proxy } from '../network'
import type { SettingsStore } from '../settings'

/** The content of a daemon.json. */
export type DaemonFile = Settings['daemon']

/**
 * The daemon.json that dockerd gets. The settings override Berth's own options. The user's own daemon.json overrides
 * both, key by key. The lists of registries are present even if they are empty. On a reload, dockerd would keep the old
 * value of a missing key.
 */
export function daemonFile(
  settings: Pick<Settings, 'registries' | 'daemon'>,
  proxy: Proxy | undefined,
): DaemonFile {
  const { registries, daemon } = settings
  return {
    // dockerd does not start if both keys are present.
    ...('host-gateway-ips' in daemon ? {} : { 'host-gateway-ip': guestNetwork.host }),
    // The machine has no IPv6 connection to filter. The sixty calls of ip6tables would only delay each start.
    ip6tables: false,
    // The networks of containers have the same MTU as the machine's network.
    mtu: guestNetwork.mtu,
    'default-network-opts': { bridge: { 'com.docker.network.driver.mtu': String(guestNetwork.mtu) } },
    // With live-restore, dockerd would not stop its containers when the machine stops. They would be killed.
    'live-restore': false,
    'registry-mirrors': registries.mirrors,
    'insecure-registries': registries.insecure,
    ...(proxy === undefined ? {} : { proxies: daemonProxies(proxy) }),
    ...daemon,
  }
}

/** Returns `applied` with the reloadable options of `desired`. The other options wait for a restart. */
export function reloadedFile(applied: DaemonFile, desired: DaemonFile): DaemonFile {
  const reloadable = Object.entries(desired).filter(([key]) => reloadableDaemonOptions.includes(key))
  return { ...applied, ...Object.fromEntries(reloadable) }
}

/** True if containers can keep running while dockerd restarts with these changes. */
export function keepsContainers(applied: DaemonFile, desired: DaemonFile): boolean {
  return changedDaemonOptions(applied, desired).every((key) => !interruptingDaemonOptions.includes(key))
}

/** The file as readable text: indented, and without the passwords in addresses. */
export function daemonFileText(file: DaemonFile): string {
  return JSON.stringify(
    file,
    (_key, value: unknown) => (typeof value === 'string' ? withoutPassword(value) : value),
    2,
  )
}

/** Replaces the password in an address with asterisks. Any other text stays as it is. */
export function withoutPassword(text: string): string {
  if (!text.includes('@') || !URL.canParse(text)) return text
  const url = new URL(text)
  if (url.password === '') return text
  url.password = ''
  return url.href.replace('@', ':***@')
}

function daemonProxies({ http, https, exclude }: Proxy): Record<string, string> {
  return {
    ...(http === '' ? {} : { 'http-proxy': http }),
    ...(https === '' ? {} : { 'https-proxy': https }),
    'no-proxy': exclude.join(','),
  }
}

/**
 * Berth used `machine/daemon.json` before it had settings. This moves the content into the settings, and renames the
 * file to `daemon.json.migrated`. If Berth refuses the content, or if the settings cannot be saved, the new name is
 * `daemon.json.refused`.
 * @throws the system's error if the file cannot be read or renamed
 */
export async function moveDaemonFile(paths: BerthPaths, settings: SettingsStore, log: Logger): Promise<void> {
  const file = berthFile(paths, 'oldDaemonFile')
  const text = await readText(file)
  if (text === undefined) return
  try {
    const daemon = settingsSchema.shape.daemon.parse(JSON.parse(text))
    const problem = daemonProblem(daemon)
    if (problem !== undefined) throw new Error(`${problem.reason} option ${problem.key}`)
    await settings.update({ daemon: { ...daemon, ...settings.current.daemon } })
    await rename(file, berthFile(paths, 'migratedDaemonFile'))
  } catch (error) {
    log.warn({ file, reason: jsonReason(error) }, 'could not move daemon.json into the settings')
    await rename(file, berthFile(paths, 'refusedDaemonFile'))
  }
}
