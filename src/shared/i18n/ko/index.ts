import type { Catalogue } from '../en'
import { app } from './app'
import { errors } from './errors'
import { checks, findings } from './findings'
import { menus } from './menus'
import { phrases } from './phrases'

/** Every text of Berth in Korean. */
export const ko: Catalogue = { errors, checks, findings, app, menus, phrases }
