export { type RunningTask, Tasks, type TaskSpec } from './tasks'
