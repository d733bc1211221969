export { IdlePause } from './idle-pause'
export { Machine, type MachineProcess } from './machine'
export { Maintenance } from './maintenance'
