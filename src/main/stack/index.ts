export { Stack } from './stack'
