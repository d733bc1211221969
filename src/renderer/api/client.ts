import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../shared/contract'
import { selectCarrier } from './carrier'

export type Api = ContractRouterClient<Contract>

const carrier = selectCarrier()

/** Whether Berth's services can be reached. */
export const connection = carrier.connection

/** Every procedure of the contract. A call fails, if at all, with a BerthError. */
export const api: Api = createORPCClient<Api>(carrier.link)
