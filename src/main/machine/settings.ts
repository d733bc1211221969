/** The size of the machine. */
export interface MachineSettings {
  cpus: number
  memoryMiB: number
  /** What the data disk may grow to; used when it is made. */
  diskGiB: number
}

/** A quarter of the host's memory, from 2 to 8 GiB, and all but one of its processors, from 2 to 8. */
export function defaultSettings(host: { cpus: number; memoryMiB: number }): MachineSettings {
  return {
    cpus: clamp(host.cpus - 1, Math.min(2, host.cpus), 8),
    memoryMiB: clamp(Math.floor(host.memoryMiB / 4), 2048, 8192),
    diskGiB: 64,
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
