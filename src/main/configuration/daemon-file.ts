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
 * The daemon.json that dockerd gets. The settings override Berth's own options, and the user's own daemon.json
 * overrides both, key by key. Options that dockerd can reload are present even when they are empty: on a reload, a
 * missing key would keep its old value.
 */
export function daemonFile(
  settings: Pick<Settings, 'registries' | 'daemon'>,
  proxy: Proxy | undefined,
): DaemonFile {
  const { registries, daemon } = settings
  return {
    // dockerd does not start with both of these keys.
    ...('host-gateway-ips' in daemon ? {} : { 'host-gateway-ip': guestNetwork.host }),
    // The machine has no IPv6 connection to filter, and the sixty calls of ip6tables would delay each start.
    ip6tables: false,
    // The networks of containers have the same MTU as the machine's network.
    mtu: guestNetwork.mtu,
    'default-network-opts': { bridge: { 'com.docker.network.driver.mtu': String(guestNetwork.mtu) } },
    // Otherwise dockerd would not stop its containers when the machine stops: they would be cut off.
    'live-restore': false,
    'registry-mirrors': registries.mirrors,
    'insecure-registries': registries.insecure,
    ...(proxy === undefined ? {} : { proxies: daemonProxies(proxy) }),
    ...daemon,
  }
}

/** `applied` with those options of `desired` that dockerd can reload. The others wait for a restart. */
export function reloadedFile(applied: DaemonFile, desired: DaemonFile): DaemonFile {
  const reloadable = Object.entries(desired).filter(([key]) => reloadableDaemonOptions.includes(key))
  return { ...applied, ...Object.fromEntries(reloadable) }
}

/** Whether containers can keep running during a restart of dockerd with these changes. */
export function keepsContainers(applied: DaemonFile, desired: DaemonFile): boolean {
  return changedDaemonOptions(applied, desired).every((key) => !interruptingDaemonOptions.includes(key))
}

/** Indented, without the passwords in addresses, for people to read. */
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
 * Berth used `machine/daemon.json` before it had settings. Moves its content into the settings, and renames the file to
 * `daemon.json.migrated`. If dockerd could not use it, the file becomes `daemon.json.refused`.
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
