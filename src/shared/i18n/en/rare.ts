import { isolation } from './app/isolation'
import { paste } from './app/paste'
import { stack } from './app/stack'

/** The texts of pages that most users rarely open. The window loads them with their page. */
export const rare = { isolation, paste, stack }

export type RareTexts = typeof rare
