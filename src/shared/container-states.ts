export const containerStates = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
] as const
export type ContainerRunState = (typeof containerStates)[number]

/** Whether the engine counts a container as running. Then `docker ps` lists it, and its removal needs `force`. */
export function isActive({ state }: { state: ContainerRunState }): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting'
}
