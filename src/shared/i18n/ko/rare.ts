import type { RareTexts } from '../en/rare'
import { imageLayers } from './app/image-layers'
import { isolation } from './app/isolation'
import { stack } from './app/stack'

export const rare: RareTexts = { imageLayers, isolation, stack }
