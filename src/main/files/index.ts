export { Files } from './files'
export { LayerFolders } from './layer-folders'
export { type LayerData, measureLayer } from './layer-size'
export { VolumeContents } from './volume-contents'
