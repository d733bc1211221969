import type { RareTexts } from '../en/rare'
import { isolation } from './app/isolation'
import { stack } from './app/stack'
import { timelines } from './app/timelines'

export const rare: RareTexts = { isolation, stack, timelines }
