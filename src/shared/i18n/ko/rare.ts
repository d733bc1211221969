import type { RareTexts } from '../en/rare'
import { hints } from './app/hints'
import { isolation } from './app/isolation'
import { stack } from './app/stack'

export const rare: RareTexts = { hints, isolation, stack }
