import type { RareTexts } from '../en/rare'
import { isolation } from './app/isolation'
import { paste } from './app/paste'
import { stack } from './app/stack'

export const rare: RareTexts = { isolation, paste, stack }
