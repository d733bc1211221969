export { Isolation } from './isolation'
