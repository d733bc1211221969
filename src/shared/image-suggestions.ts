import { z } from 'zod'

/** The most names in one answer. */
export const suggestionLimit = 100

/**
 * - `ok`: the registry has answered, or the text names no known registry
 * - `none`: the registry offers no list of its images
 * - `denied`: the registry does not show its list without a login, or with this one
 * - `silent`: the registry did not answer, or its certificate is not trusted
 */
export const suggestionStates = ['ok', 'none', 'denied', 'silent'] as const

/** Images of known registries that fit a typed text. */
export const imageSuggestionsSchema = z.object({
  /** The known registry that the text names. Null if it names none. */
  registry: z.string().nullable(),
  /** References that the user could continue to type, or choose. */
  references: z.array(z.string()),
  state: z.enum(suggestionStates),
  /** True if the registry has more names than Berth reads. */
  cut: z.boolean(),
})
export type ImageSuggestions = z.infer<typeof imageSuggestionsSchema>
