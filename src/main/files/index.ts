export { Files } from './files'
export { LayerFolders } from './layer-folders'
export { VolumeContents } from './volume-contents'
