export { ImageLayers } from './image-layers'
