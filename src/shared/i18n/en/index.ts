import { app } from './app'
import { errors } from './errors'
import { checks, findings } from './findings'
import { menus } from './menus'

/** Every text of Berth in English. */
export const en = { errors, checks, findings, app, menus }

export type Catalogue = typeof en
