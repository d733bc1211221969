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
 * The steps of a start, in order. If Berth resumes a suspended machine, `restore` replaces `boot`. `stop` is the only
 * step of a stop. `save` is the only step of a suspension.
 */
export const machineSteps = ['image', 'disk', 'restore', 'boot', 'connect', 'engine', 'stop', 'save'] as const
export type MachineStepName = (typeof machineSteps)[number]
