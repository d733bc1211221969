import { app } from './app'
import { errors } from './errors'
import { checks, findings } from './findings'
import { menus } from './menus'
import { phrases } from './phrases'

/** The texts of Berth in English. `rare.ts` has those of rare pages. */
export const en = { errors, checks, findings, app, menus, phrases }

export type Catalogue = typeof en
