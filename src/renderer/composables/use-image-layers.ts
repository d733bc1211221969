import { shallowRef, watch } from 'vue'
import type { BerthError } from '../../shared/errors'
import type { ImageLayers } from '../../shared/image-layers'
import { api, toBerthError } from '../api'
import { useEngine } from '../stores/engine'

/** The layers of an image. They are read again when an image comes or goes, because it may share layers. */
export function useImageLayers(image: () => string | undefined) {
  const engine = useEngine()
  const layers = shallowRef<ImageLayers>()
  const error = shallowRef<BerthError>()
  let last = 0

  async function read(id: string): Promise<void> {
    const own = ++last
    try {
      const found = await api.imageLayers.list({ image: id })
      if (own !== last) return
      layers.value = found
      error.value = undefined
    } catch (failure) {
      if (own === last) error.value = toBerthError(failure)
    }
  }
  watch(
    [image, () => engine.live, () => [...engine.images.keys()].join()] as const,
    ([id, live], [before]) => {
      if (id !== before) {
        last++
        layers.value = error.value = undefined
      }
      if (id !== undefined && live) void read(id)
    },
    { immediate: true },
  )
  return { layers, error }
}
