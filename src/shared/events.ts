import { z } from 'zod'

/** Something that the engine has reported, as `docker events` shows it. */
export const reportedEventSchema = z.object({
  /** The number of the event since Berth started. */
  number: z.number(),
  /** Milliseconds since the epoch, by the machine's clock. */
  time: z.number(),
  /** `container`, `image`, `volume`, `network`, `daemon` and others. */
  kind: z.string(),
  /** For example `die`, or `health_status`. */
  action: z.string(),
  /** What follows the action, such as `healthy` after `health_status`. Empty for most actions. */
  detail: z.string(),
  /** The id of the object. Empty if the event concerns none. */
  id: z.string(),
  /** The name of the object. Empty if the engine does not tell it. */
  name: z.string(),
  /** Names and values. A list, because the names are labels of users, and so may be any text. */
  attributes: z.array(z.tuple([z.string(), z.string()])),
})
export type ReportedEvent = z.infer<typeof reportedEventSchema>

/** The engine's events as a stream: those that Berth has kept, oldest first, then each new one. */
export const reportedEventsSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), events: z.array(reportedEventSchema) }),
  z.object({ type: z.literal('event'), event: reportedEventSchema }),
])
export type ReportedEvents = z.infer<typeof reportedEventsSchema>
