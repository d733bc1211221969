import { z } from 'zod'

export const imageSchema = z.object({
  id: z.string(),
  /** Each tag as `name:tag`; empty for an untagged image. */
  tags: z.array(z.string()),
  digests: z.array(z.string()),
  /** Bytes on the data disk. */
  size: z.number(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  labels: z.record(z.string(), z.string()),
})
export type Image = z.infer<typeof imageSchema>

/** One layer of a pull. `current` and `total` are the bytes of the step that `status` names. */
export const pullLayerSchema = z.object({
  id: z.string(),
  status: z.enum(['waiting', 'downloading', 'verifying', 'downloaded', 'extracting', 'complete', 'exists']),
  current: z.number(),
  total: z.number(),
})
export type PullLayer = z.infer<typeof pullLayerSchema>

// The grammar of github.com/distribution/reference: [domain/]path[:tag][@digest].
const alphanumeric = '[a-z0-9]+'
const separator = '(?:[._]|__|[-]+)'
const component = `${alphanumeric}(?:${separator}${alphanumeric})*`
const domainComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domain = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const name = `(?:${domain}/)?${component}(?:/${component})*`
const tag = '[\\w][\\w.-]{0,127}'
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}'
const referencePattern = new RegExp(`^${name}(?::${tag})?(?:@${digest})?$`)
const imageIdPattern = /^(?:sha256:)?[0-9a-f]{12,64}$/

export type ReferenceProblem = 'empty' | 'too-long' | 'upper-case' | 'grammar'

export function isImageId(reference: string): boolean {
  return imageIdPattern.test(reference)
}

/** Why a text is not an image reference or image id; undefined if it is one. */
export function imageReferenceProblem(reference: string): ReferenceProblem | undefined {
  if (reference === '') return 'empty'
  if (reference.length > 255 + 128) return 'too-long'
  if (isImageId(reference) || referencePattern.test(reference)) return undefined
  return referencePattern.test(reference.toLowerCase()) ? 'upper-case' : 'grammar'
}

export const imageReferenceSchema = z.string().superRefine((reference, context) => {
  const problem = imageReferenceProblem(reference)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: `reference-${problem}` })
})

/** Turns `node` into `node:latest`. For a name without a tag, the engine would pull every tag. */
export function withDefaultTag(reference: string): string {
  const lastPart = reference.slice(reference.lastIndexOf('/') + 1)
  return lastPart.includes(':') || lastPart.includes('@') ? reference : `${reference}:latest`
}
