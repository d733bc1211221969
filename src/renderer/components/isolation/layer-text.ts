import type { Layer } from '../../../shared/isolation'
import type { useText } from '../../composables/use-text'

/** The name of a layer. The image's lowest layer has the number 1. */
export function layerName(
  t: ReturnType<typeof useText>['t'],
  layers: readonly Layer[],
  index: number,
): string {
  const kind = layers[index]?.kind ?? 'image'
  return kind === 'image'
    ? t('isolation.layer.image', { number: layers.length - index })
    : t(`isolation.layer.${kind}`)
}
