export { Comparison } from './comparison'
export { RequestPaths } from './request-path'
export { Stack } from './stack'
