import { app } from './app'
import { errors } from './errors'
import { checks, findings } from './findings'
import { menus } from './menus'
import { phrases } from './phrases'

/** Every text of Berth in English. */
export const en = { errors, checks, findings, app, menus, phrases }

export type Catalogue = typeof en
