import { z } from 'zod'
import { connectRequestSchema, createNetworkSchema } from '../networks'
import { reachReportSchema, reachRequestSchema } from '../reach'
import { nothing, procedure } from './procedure'

const id = z.string().min(1)

export const networks = {
  create: procedure.input(createNetworkSchema).output(z.object({ id })),
  remove: procedure.input(z.object({ id })).output(nothing),
  /** Removes every network that no container uses, running or not. Returns the names of the removed networks. */
  prune: procedure.output(z.object({ removed: z.array(z.string()) })),
  connect: procedure.input(connectRequestSchema).output(nothing),
  disconnect: procedure.input(z.object({ network: id, container: id })).output(nothing),
  /** Tries to reach a container or a host from the network of a running container. Takes up to half a minute. */
  reach: procedure.input(reachRequestSchema).output(reachReportSchema),
}
