export { Backups } from './backups'
