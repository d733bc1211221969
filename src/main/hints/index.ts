export { Hints } from './hints'
