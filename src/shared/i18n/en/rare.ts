import { isolation } from './app/isolation'
import { stack } from './app/stack'
import { timelines } from './app/timelines'

/** The texts of pages that most users rarely open. The window loads them with their page. */
export const rare = { isolation, stack, timelines }

export type RareTexts = typeof rare
