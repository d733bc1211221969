import type { RareTexts } from '../en/rare'
import { isolation } from './app/isolation'
import { stack } from './app/stack'

export const rare: RareTexts = { isolation, stack }
