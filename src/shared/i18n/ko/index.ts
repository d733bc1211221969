import type { Catalogue } from '../en'
import { app } from './app'
import { errors } from './errors'
import { checks, findings } from './findings'
import { menus } from './menus'
import { phrases } from './phrases'

/** The texts of Berth in Korean. `rare.ts` has those of rare pages. */
export const ko: Catalogue = { errors, checks, findings, app, menus, phrases }
