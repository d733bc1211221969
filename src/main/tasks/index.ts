export { type RunningTask, Tasks } from './tasks'
