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

/** Returns the reason why a text is not an image reference or image id. Returns undefined if the text is valid. */
export function imageReferenceProblem(reference: string): ReferenceProblem | undefined {
  if (reference === '') return 'empty'
  if (reference.length > 255 + 128) return 'too-long'
  if (isImageId(reference) || referencePattern.test(reference)) return undefined
  return referencePattern.test(reference.toLowerCase()) ? 'upper-case' : 'grammar'
}

/** Returns the reason why an image cannot get this name: it is not valid, has a digest, or is an id. */
export function tagProblem(reference: string): ReferenceProblem | undefined {
  return (
    imageReferenceProblem(reference) ??
    (reference.includes('@') || isImageId(reference) ? 'grammar' : undefined)
  )
}

/** Returns true if an image can get this name. */
export function isTaggable(reference: string): boolean {
  return tagProblem(reference) === undefined
}

/** Turns `node` into `node:latest`. For a name without a tag, the engine would pull every tag. */
export function withDefaultTag(reference: string): string {
  const lastPart = reference.slice(reference.lastIndexOf('/') + 1)
  return lastPart.includes(':') || lastPart.includes('@') ? reference : `${reference}:latest`
}

/** Splits a reference without a digest into its name and its tag. The default tag is `latest`. */
export function splitTag(reference: string): { name: string; tag: string } {
  const whole = withDefaultTag(reference)
  const colon = whole.lastIndexOf(':')
  return { name: whole.slice(0, colon), tag: whole.slice(colon + 1) }
}
