/**
 * During an edit, the old container has a parked name: its own name, the text below, and eight random hexadecimal
 * digits. The own name is cut, because other programs limit the length of names.
 */
const mark = '-before-'
const longest = 230

export function isParkedName(parked: string, name: string): boolean {
  return unparkedName(parked) === name.slice(0, longest) && parked !== name
}

/** Makes a parked name. `digits` are eight hexadecimal digits. */
export function parkedNameOf(name: string, digits: string): string {
  return `${name.slice(0, longest)}${mark}${digits}`
}

/** Returns the name that a container had before it was parked. Any other name is returned as it is. */
export function unparkedName(name: string): string {
  const [, own] = /^(.+)-before-[0-9a-f]{8}$/.exec(name) ?? []
  return own ?? name
}
