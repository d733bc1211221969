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
 * What dockerd starts with. The settings override Berth's own options, and the user's daemon.json overrides both, key
 * by key. A key that dockerd can reload is there even when it is empty: without it dockerd would keep the old value.
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
    // With it, dockerd would leave containers running when the machine ends, which would kill them.
    'live-restore': false,
    'registry-mirrors': registries.mirrors,
    'insecure-registries': registries.insecure,
    ...(proxy === undefined ? {} : { proxies: daemonProxies(proxy) }),
    ...daemon,
  }
}

/** `applied` with every option that dockerd takes over without a restart. */
export function reloadedFile(applied: DaemonFile, desired: DaemonFile): DaemonFile {
  const reloadable = Object.entries(desired).filter(([key]) => reloadableDaemonOptions.includes(key))
  return { ...applied, ...Object.fromEntries(reloadable) }
}

/** True when containers can continue to run while dockerd restarts: no option changes on which they depend. */
export function keepsContainers(applied: DaemonFile, desired: DaemonFile): boolean {
  return changedDaemonOptions(applied, desired).every((key) => !interruptingDaemonOptions.includes(key))
}

/** For people to read. Passwords in addresses are left out. */
export function daemonFileText(file: DaemonFile): string {
  return JSON.stringify(
    file,
    (_key, value: unknown) => (typeof value === 'string' ? withoutPassword(value) : value),
    2,
  )
}

/** An address with its password made unreadable. Any other text stays as it is. */
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
