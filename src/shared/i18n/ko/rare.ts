import type { RareTexts } from '../en/rare'
import { isolation } from './app/isolation'
import { learn } from './app/learn'
import { stack } from './app/stack'

export const rare: RareTexts = { isolation, learn, stack }
