import type { Settings } from '../../shared/settings'

const dockerHub = 'registry-1.docker.io'

/** The host that pulls go to first: the first mirror's, or Docker Hub's. */
export function registryHost({ registries }: Pick<Settings, 'registries'>): string {
  const [mirror] = registries.mirrors
  return mirror === undefined ? dockerHub : new URL(mirror).hostname
}
