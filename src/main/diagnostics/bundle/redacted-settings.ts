import type { Settings } from '../../../shared/settings'
import { proxyAddresses } from '../checks/proxy'

/** The settings as far as they are nobody's secret: what is not named here is left out. */
export function redactedSettings(settings: Settings) {
  const { machine, sharedFolders, registries, proxy, dns, daemon, power, networkPorts, docker } = settings
  return {
    machine,
    sharedFolders: sharedFolders.map(({ path, writable }) => ({ path, writable })),
    registries: {
      mirrors: registries.mirrors.map((mirror) => new URL(mirror).host),
      insecure: registries.insecure,
      certificates: registries.certificates.map(({ name }) => name),
    },
    proxy: {
      mode: proxy.mode,
      addresses: proxyAddresses(proxy),
      exclude: proxy.exclude,
    },
    dns,
    // Values of the engine's own configuration may hold anything, e.g. the token of a log driver.
    daemon: Object.keys(daemon),
    power,
    networkPorts,
    docker,
  }
}
