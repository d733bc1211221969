import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { buildForecastSchema, forecastRequestSchema } from '../build-forecast'
import { buildRequestSchema, buildSchema, buildSummarySchema, stepOutputSchema } from '../builds'
import { nothing, procedure } from './procedure'

const buildId = z.object({ id: z.string().regex(/^[\w/-]{1,200}$/) })

export const builds = {
  /** Sends the builds of this app and of the engine's history, now and after every change. The newest is first. */
  watch: procedure.output(eventIterator(z.array(buildSummarySchema))),
  /** Sends one build with all steps, now and after every change. */
  follow: procedure.input(buildId).output(eventIterator(buildSchema)),
  /** Returns a piece of a step's output. `from` is a position in UTF-16 code units. */
  output: procedure
    .input(buildId.extend({ stepId: z.string().max(200), from: z.number().int().nonnegative() }))
    .output(stepOutputSchema),
  start: procedure.input(buildRequestSchema).output(z.object({ id: z.string() })),
  /** Tells which steps of a build would come from the cache now, and why the others would run. Starts nothing. */
  forecast: procedure.input(forecastRequestSchema).output(buildForecastSchema),
  /** Ends a running build. Resolves when no process of the build is left. */
  cancel: procedure.input(buildId).output(nothing),
}
