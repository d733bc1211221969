import { z } from 'zod'

/** The path under which both app hosts serve downloads. */
export const downloadsPath = '/downloads/'

/** A file that the page can download once, from its own origin. */
export const downloadSchema = z.object({ url: z.string().startsWith(downloadsPath) })
export type Download = z.infer<typeof downloadSchema>

export const uploadSchema = z.object({ uploadId: z.uuid() })

/** What an upload has made. `id` is the id of the new object, if the upload makes an object with an id. */
export const uploadResultSchema = z.object({ id: z.string().optional() })
export type UploadResult = z.infer<typeof uploadResultSchema>
