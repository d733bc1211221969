import { imageLayers } from './app/image-layers'
import { hints } from './app/hints'
import { isolation } from './app/isolation'
import { learn } from './app/learn'
import { stack } from './app/stack'

/** The texts of pages that most users rarely open. The window loads them with their page. */
export const rare = { hints, imageLayers, isolation, learn, stack }

export type RareTexts = typeof rare
