export { Files } from './files'
export { VolumeContents } from './volume-contents'
