import type { ImageWaste } from './image-layers'

/** The longest text in characters that can be searched for. */
export const longestImageSearch = 255

/**
 * The share of an image that is not wasted, from 0 to 1. It is the quotient of the tool dive, which it calls the
 * efficiency of an image: the bytes that are needed, divided by the bytes of all layers
 * (https://github.com/wagoodman/dive/blob/07ce9a2/dive/filetree/efficiency.go). There is one difference. dive guesses
 * from the names that the smallest version of a path is needed. Berth knows which version is visible, and needs that.
 */
export function efficiency({ layers }: Pick<ImageWaste, 'layers'>): number {
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0)
  return bytes === 0 ? 1 : (bytes - wastedBytes({ layers })) / bytes
}

export function wastedBytes({ layers }: Pick<ImageWaste, 'layers'>): number {
  return layers.reduce((sum, layer) => sum + layer.wasted, 0)
}

/** How many layers two images share. Layers are shared from the lowest one upwards. Both lists begin with it. */
export function sharedLayerCount(one: readonly string[], other: readonly string[]): number {
  const different = one.findIndex((diffId, index) => diffId !== other[index])
  return different === -1 ? one.length : different
}
