export { composeFile, type MissingSetting } from './compose-file'
export { containerLine, writtenContainer, type WrittenContainer } from './written-container'
