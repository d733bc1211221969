export const machinePhases = [
  'stopped',
  'preparing',
  'booting',
  'connecting',
  'engine',
  'resuming',
  'running',
  'paused',
  'suspending',
  'stopping',
  'failed',
] as const
export type MachinePhase = (typeof machinePhases)[number]

/**
 * The steps of a start, in order. `restore` replaces `boot` when a suspended machine is resumed. `stop` is the only
 * step of a stop, `save` the only step of a suspension.
 */
export const machineSteps = ['image', 'disk', 'restore', 'boot', 'connect', 'engine', 'stop', 'save'] as const
export type MachineStepName = (typeof machineSteps)[number]
