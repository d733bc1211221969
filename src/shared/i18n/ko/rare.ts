import type { RareTexts } from '../en/rare'
import { imageLayers } from './app/image-layers'
import { hints } from './app/hints'
import { isolation } from './app/isolation'
import { learn } from './app/learn'
import { stack } from './app/stack'

export const rare: RareTexts = { hints, imageLayers, isolation, learn, stack }
