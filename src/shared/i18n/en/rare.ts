import { hints } from './app/hints'
import { imageLayers } from './app/image-layers'
import { isolation } from './app/isolation'
import { learn } from './app/learn'
import { paste } from './app/paste'
import { stack } from './app/stack'
import { timelines } from './app/timelines'

/** The texts of pages that most users rarely open. The window loads them with their page. */
export const rare = { hints, imageLayers, isolation, learn, paste, stack, timelines }

export type RareTexts = typeof rare
