export { Compose, type ComposeOptions } from './compose'
