export { ComposeFiles } from './compose-files'
