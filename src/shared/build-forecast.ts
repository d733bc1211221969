import { z } from 'zod'
import { buildRequestSchema, cacheMissSchema } from './builds'

/** A build that the user may start. Secrets and names of images do not change what the cache has. */
export const forecastRequestSchema = buildRequestSchema.omit({ secrets: true, tags: true })
export type ForecastRequest = z.infer<typeof forecastRequestSchema>

/** What Berth expects of a step: it comes from the cache, or it runs, or Berth cannot tell. */
export const stepVerdicts = ['cached', 'runs', 'unsure'] as const
export type StepVerdict = (typeof stepVerdicts)[number]

/** Why a step would run, or why Berth cannot tell. */
export const forecastReasonSchema = z.discriminatedUnion('kind', [
  ...cacheMissSchema.options,
  /** BuildKit asks the registry which image the name means now. */
  z.object({ kind: z.literal('registry'), image: z.string() }),
  /** The step reads an address, whose content may have changed. */
  z.object({ kind: z.literal('address'), address: z.string() }),
  /** Berth could not compare the files of the folder: there are too many, or Berth could not read them in time. */
  z.object({ kind: z.literal('unread') }),
])
export type ForecastReason = z.infer<typeof forecastReasonSchema>

export const forecastStepSchema = z.object({
  /** As BuildKit names it, for example `[2/4] RUN npm ci`. */
  name: z.string(),
  verdict: z.enum(stepVerdicts),
  /** Null for a step that comes from the cache. */
  reason: forecastReasonSchema.nullable(),
})
export type ForecastStep = z.infer<typeof forecastStepSchema>

export const buildForecastSchema = z.object({
  /** When the last build that Berth compares with has begun. Null if Berth knows no build of this Dockerfile. */
  comparedWith: z.number().nullable(),
  steps: z.array(forecastStepSchema),
})
export type BuildForecast = z.infer<typeof buildForecastSchema>
