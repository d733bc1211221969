import { implement } from '@orpc/server'
import { contract } from '../../shared/contract'
import type { Connection } from './connection'

export interface ApiContext {
  connection: Connection
}

/** What each area's router is built from. */
export const implementer = implement(contract).$context<ApiContext>()
