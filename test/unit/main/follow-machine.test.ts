import { expect, it } from 'vitest'
import { isMachineBusy, type MachineUsers } from '../../../src/main/follow-machine'

const idle: MachineUsers = {
  state: { isOnline: true, containers: new Map() },
  sessions: { list: () => [] },
  tasks: { needMachine: false },
  dockerAccess: { socket: { activity: { working: 0 } } },
  engine: { inFlight: 0 },
  link: { working: 0 },
  downloads: { open: 0 },
}

it.each<[string, Partial<MachineUsers>]>([
  ['a task', { tasks: { needMachine: true } }],
  ['a call of the engine', { engine: { inFlight: 1 } }],
  ['a command', { link: { working: 1 } }],
  ['a download', { downloads: { open: 1 } }],
])('the machine is busy only while something needs it: %s', (_, users) => {
  expect(isMachineBusy(idle)).toBe(false)
  expect(isMachineBusy({ ...idle, ...users })).toBe(true)
})
