export { Learn } from './learn'
