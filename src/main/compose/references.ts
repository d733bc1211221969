import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

/** A compose file to which another one refers. */
export interface ComposeReference {
  path: string
  /** The folder of the relative paths in the file. */
  folder: string
}

const paths = z.union([z.string().transform((path) => [path]), z.array(z.string())])
const includeSchema = z.union([
  z.string().transform((path) => ({ path: [path], project_directory: undefined })),
  z.object({ path: paths, project_directory: z.string().optional() }),
])
const serviceSchema = z.object({ extends: z.object({ file: z.string() }) })
const fileSchema = z.object({
  include: z.array(z.unknown()).catch([]),
  services: z.record(z.string(), z.unknown()).catch({}),
})

/** More aliases than any real file has. The limit ends a file that would expand to gigabytes. */
const maxAliasCount = 10_000

/** A path with a variable, or on another computer, has no file here that Berth could name. */
function isLocal(path: string): boolean {
  return path !== '' && !path.includes('$') && !path.includes('://') && !path.startsWith('git@')
}

/**
 * Returns the files that a compose file includes, or that its services extend. `docker compose config` does not name
 * them. `folder` is the folder of the file's relative paths. A text that is no compose file has none.
 */
export function referencesOf(text: string, folder: string): ComposeReference[] {
  const content = contentOf(text)
  const included = (content?.include ?? []).flatMap((entry) => {
    const { data } = includeSchema.safeParse(entry)
    const files = (data?.path ?? []).filter(isLocal).map((path) => resolve(folder, path))
    const [first] = files
    if (first === undefined) return []
    const own = data?.project_directory
    const place = own === undefined ? dirname(first) : resolve(folder, own)
    return files.map((path) => ({ path, folder: place }))
  })
  const extended = Object.values(content?.services ?? {}).flatMap((service) => {
    const file = serviceSchema.safeParse(service).data?.extends.file ?? ''
    if (!isLocal(file)) return []
    const path = resolve(folder, file)
    return [{ path, folder: dirname(path) }]
  })
  return [...included, ...extended]
}

function contentOf(text: string): z.infer<typeof fileSchema> | undefined {
  try {
    return fileSchema.parse(parse(text, { merge: true, maxAliasCount, logLevel: 'silent' }))
  } catch {
    return undefined
  }
}
