/** The twelve hexadecimal digits by which the docker CLI names containers and images. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}
