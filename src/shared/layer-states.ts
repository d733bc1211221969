/**
 * The states of a layer in a pull or a push. The last three are those of a push: `mounted` means that the registry has
 * taken the layer from another image.
 */
export const layerStates = [
  'waiting',
  'downloading',
  'verifying',
  'downloaded',
  'extracting',
  'complete',
  'exists',
  'uploading',
  'uploaded',
  'mounted',
] as const
export type LayerState = (typeof layerStates)[number]

/** True if nothing is left to do for the layer. */
export function isLayerDone({ status }: { status: LayerState }): boolean {
  return status === 'complete' || status === 'exists' || status === 'uploaded' || status === 'mounted'
}
