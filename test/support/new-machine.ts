import { Engine } from '../../src/main/engine/engine'
import { createLog, type Logger } from '../../src/main/host/log'
import { berthPaths, type BerthPaths } from '../../src/main/host/berth-files'
import { Machine, type MachineOptions } from '../../src/main/machine/machine'
import { SshLink } from '../../src/main/ssh/ssh-link'

/** A real machine that is not running yet, and its engine. */
export interface NewMachine {
  machine: Machine
  engine: Engine
  paths: BerthPaths
  log: Logger
}

/** Paths of a home folder, with the guest image that was built on this computer. `env` overrides the environment. */
export function homePaths(home: string, env: Readonly<Record<string, string>> = {}): BerthPaths {
  const { guestCache } = berthPaths({ ...process.env, BERTH_HOME: undefined }, process.platform)
  const { BERTH_GUEST_IMAGE } = process.env
  const built = { BERTH_GUEST_CACHE: guestCache, BERTH_GUEST_IMAGE }
  return berthPaths({ ...built, ...env, BERTH_HOME: home }, process.platform)
}

type NewMachineOptions = Pick<MachineOptions, 'paths' | 'settings'> &
  Partial<Omit<MachineOptions, 'link'>> & { link?: SshLink }

/** Makes a machine. The caller starts and stops the machine. */
export function newMachine(options: NewMachineOptions): NewMachine {
  const { paths, log = createLog(paths.logs) } = options
  const { link = new SshLink({ log }) } = options
  const engine = new Engine({ link })
  const machine = new Machine({
    waitForEngine: (signal) => engine.waitUntilReady(signal),
    ...options,
    log,
    link,
  })
  return { machine, engine, paths, log }
}
