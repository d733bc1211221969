import type { RareTexts } from '../en/rare'
import { hints } from './app/hints'
import { imageLayers } from './app/image-layers'
import { isolation } from './app/isolation'
import { learn } from './app/learn'
import { paste } from './app/paste'
import { stack } from './app/stack'
import { timelines } from './app/timelines'

export const rare: RareTexts = { hints, imageLayers, isolation, learn, paste, stack, timelines }
