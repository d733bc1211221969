import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { engineEventSchema } from '../engine'
import { networkPortSchema } from '../ports'
import { nothing, procedure } from './procedure'

export const engine = {
  watch: procedure.output(eventIterator(engineEventSchema)),
}

export const ports = {
  /** Tries again to open the ports that are not open. `engine.watch` sends the result as `forwards`. */
  retry: procedure.output(nothing),
  /** Opens a port to the local network or closes it. This applies to every container that publishes the port. */
  setNetwork: procedure.input(networkPortSchema.extend({ open: z.boolean() })).output(nothing),
  /** Returns the host's IPv4 addresses in the local network. */
  networkAddresses: procedure.output(z.array(z.string())),
}
