import type { Container } from '../../shared/containers'
import { projectOf } from './containers'
import { portText } from './ports'

/** What a word of the query may be compared with, such as `image:` for the image. */
const qualifiers = {
  name: ({ name }) => [name],
  id: ({ id }) => [id],
  image: ({ image, imageId }) => [image, imageId],
  label: ({ labels }) => Object.entries(labels).map(([key, value]) => `${key}=${value}`),
  port: ({ ports, exposedPorts }) => [...ports.map(portText), ...exposedPorts],
  project: (container) => [projectOf(container) ?? ''],
  state: ({ state, health }) => [state, health ?? ''],
  network: ({ networks }) => networks,
} satisfies Record<string, (container: Container) => string[]>

function isQualifier(text: string): text is keyof typeof qualifiers | 'group' {
  return text === 'group' || Object.hasOwn(qualifiers, text)
}

/** The texts in which a word without a qualifier is found. */
function allTexts(container: Container): string[] {
  const { name, id, image, command } = container
  return [
    name,
    id,
    image,
    command,
    ...qualifiers.port(container),
    ...qualifiers.label(container),
    ...qualifiers.project(container),
  ]
}

/** Splits a query at its spaces. A text in quotation marks stays one word. */
function wordsOf(query: string): string[] {
  const words = query.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []
  return words.map((word) => word.replaceAll('"', '').toLocaleLowerCase()).filter((word) => word !== '')
}

/**
 * Returns the test of a query. `groupOf` returns the user's group of the container with a name. A container passes if
 * it has each word. A word like `image:node` is compared with the image only. A port is compared as a whole number, so
 * that `port:80` does not find 8080.
 */
export function containerSearch(
  query: string,
  groupOf: (name: string) => string | undefined = () => undefined,
): (container: Container) => boolean {
  const textsOf = {
    ...qualifiers,
    group: ({ name }: Container) => [groupOf(name) ?? ''],
  }
  const tests = wordsOf(query).map((word): ((container: Container) => boolean) => {
    const colon = word.indexOf(':')
    const qualifier = word.slice(0, Math.max(0, colon))
    const value = word.slice(colon + 1)
    if (!isQualifier(qualifier)) return (container) => includes(allTexts(container), word)
    // Groups with a similar name are not meant. The query cannot have quotation marks inside a word.
    if (qualifier === 'group' && value !== '') return ({ name }) => plain(groupOf(name) ?? '') === value
    if (value === '') return (container) => textsOf[qualifier](container).some((text) => text !== '')
    if (qualifier === 'port' && /^\d+$/.test(value))
      return (container) => qualifiers.port(container).some((text) => text.match(/\d+/g)?.includes(value))
    return (container) => includes(textsOf[qualifier](container), value)
  })
  return (container) => tests.every((test) => test(container))
}

function plain(name: string): string {
  return name.replaceAll('"', '').toLocaleLowerCase()
}

function includes(texts: readonly string[], word: string): boolean {
  return texts.some((text) => text.toLocaleLowerCase().includes(word))
}
