/** Shortens an id to the twelve hexadecimal digits that the Docker CLI shows. A name stays as it is. */
export function shortId(idOrName: string): string {
  return idOrName.replace(/^(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}$/, '$1')
}
