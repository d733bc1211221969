import type { Container } from './containers'

/** The engine puts this label on each container of a swarm service. Its value is the id of the swarm service. */
export const swarmServiceLabel = 'com.docker.swarm.service.id'

/** True if a swarm service owns the container. The swarm replaces such a container when somebody changes it. */
export function isSwarmTask({ labels }: Pick<Container, 'labels'>): boolean {
  return Object.hasOwn(labels, swarmServiceLabel)
}
