import {
  changedDaemonOptions,
  reloadableDaemonOptions,
  interruptingDaemonOptions,
} from '../../shared/daemon-options'
import type { Settings } from '../../shared/settings'
import { guestNetwork } from '../lib'
import { gateway, type Proxy } from '../network'

/** A daemon.json. */
export type DaemonFile = Settings['daemon']

/**
 * What dockerd is started with: Berth's own, then what the settings say, then the user's own daemon.json, key by
 * key. What dockerd can reload stands there even when it is empty: a key that is gone would keep its old value.
 */
export function daemonFile(
  settings: Pick<Settings, 'registries' | 'daemon'>,
  proxy: Proxy | undefined,
): DaemonFile {
  const { registries, daemon } = settings
  return {
    'host-gateway-ip': gateway,
    // Containers' networks have the same MTU as the machine's own.
    mtu: guestNetwork.mtu,
    'default-network-opts': { bridge: { 'com.docker.network.driver.mtu': String(guestNetwork.mtu) } },
    // Else dockerd would leave containers running when the machine ends, to be cut off.
    'live-restore': false,
    'registry-mirrors': registries.mirrors,
    'insecure-registries': registries.insecure,
    ...(proxy === undefined ? {} : { proxies: daemonProxies(proxy) }),
    ...daemon,
  }
}

/** `applied` with all that dockerd takes over without a restart; the rest has to wait for one. */
export function reloadedFile(applied: DaemonFile, desired: DaemonFile): DaemonFile {
  const reloadable = Object.entries(desired).filter(([key]) => reloadableDaemonOptions.includes(key))
  return { ...applied, ...Object.fromEntries(reloadable) }
}

/** True when containers can go on while dockerd is started anew: what they stand on stays as it is. */
export function keepsContainers(applied: DaemonFile, desired: DaemonFile): boolean {
  return changedDaemonOptions(applied, desired).every((key) => !interruptingDaemonOptions.includes(key))
}

/** As a person would like to read it; passwords in addresses are left out. */
export function daemonFileText(file: DaemonFile): string {
  return JSON.stringify(
    file,
    (_key, value: unknown) => (typeof value === 'string' ? withoutPassword(value) : value),
    2,
  )
}

/** An address with its password made unreadable; any other text as it is. */
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
