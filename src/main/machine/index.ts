export { IdlePause } from './idle-pause'
export { Machine } from './machine'
export { Maintenance } from './maintenance'
