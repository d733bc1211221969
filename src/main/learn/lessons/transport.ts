import { composeLabels } from '../../../shared/compose'
import type { Container } from '../../../shared/containers'
import { shortId } from '../../../shared/short-id'
import { type Facts, helloName as image, importedImage as imported, isFrom, tagged } from '../facts'
import type { Lesson } from '../lesson'
import { enterFolder } from './example-commands'

const changed = 'learn-changed'
const committed = 'learn-committed'
/** The command that makes the container of this chapter. */
const change = `docker run --name ${changed} ${image} sh -c "echo mine > /mine"`

const event = ({ events }: Facts, kind: string, action: string, after = 0) =>
  events.find((one) => one.kind === kind && one.action === action && one.number > after)
const ranOk = ({ containers }: Facts, name: string): Container | undefined =>
  [...containers].reverse().find((one) => isFrom(one, name) && one.exitCode === 0)

/** A changed container becomes an image. */
const commit: Lesson = {
  id: 'commit',
  images: ['hello'],
  commands: () => [
    change,
    `docker commit ${changed} ${committed}`,
    `docker run --name learn-copy ${committed} cat /mine`,
  ],
  hasForm: true,
  places: ['container', 'image'],
  subject: ({ images }) => tagged(images, committed)?.id,
  checks: [
    {
      id: 'changed',
      look: ({ containers }) => {
        const found = containers.find(({ name, exitCode }) => name === changed && exitCode === 0)
        return found && { observed: { name: changed } }
      },
    },
    {
      id: 'committed',
      look: ({ images }) => {
        const found = tagged(images, committed)
        return found && { observed: { image: committed, id: shortId(found.id) } }
      },
    },
    {
      id: 'ran',
      look: (facts) => {
        const found = ranOk(facts, committed)
        return found && { observed: { name: found.name, command: found.command } }
      },
    },
  ],
}

const file = 'learn-images.tar'
/** An image as a file, with its layers and its settings. */
const save: Lesson = {
  id: 'save',
  images: ['hello'],
  commands: () => [
    `docker tag ${image} learn-saved`,
    `docker save -o ${file} learn-saved`,
    'docker rmi learn-saved',
    `docker load -i ${file}`,
  ],
  places: ['images', 'events'],
  checks: [
    {
      id: 'saved',
      look: (facts) => {
        const found = event(facts, 'image', 'save')
        return found && { observed: { id: shortId(found.id) } }
      },
    },
    {
      id: 'removed',
      look: (facts) => {
        const found = removed(facts)
        return found && { observed: { id: shortId(found.id) } }
      },
    },
    {
      id: 'loaded',
      look: (facts) => {
        const before = removed(facts)
        if (before === undefined && !facts.seen.has('removed')) return undefined
        const found = event(facts, 'image', 'load', before?.number)
        return found && { observed: { id: shortId(found.id) } }
      },
    },
  ],
}

/** The event after the saving, which may have been before a restart of Berth. */
function removed(facts: Facts) {
  const saved = event(facts, 'image', 'save')
  if (saved === undefined && !facts.seen.has('saved')) return undefined
  return event(facts, 'image', 'untag', saved?.number)
}

/** A container's files as one archive, and an image of one layer that is made from the archive. */
const exportLesson: Lesson = {
  id: 'export',
  images: ['hello'],
  reads: ['image-details'],
  commands: () => [
    `docker run --name learn-source ${image} sh -c "echo mine > /mine"`,
    'docker export -o learn-files.tar learn-source',
    `docker import learn-files.tar ${imported}`,
    `docker run --name learn-again ${imported} cat /mine`,
  ],
  places: ['image', 'container', 'events'],
  subject: ({ images }) => tagged(images, imported)?.id,
  checks: [
    {
      id: 'exported',
      look: (facts) => {
        const found = event(facts, 'container', 'export')
        return found && { observed: { name: found.name } }
      },
    },
    {
      id: 'imported',
      look: (facts) => {
        const found = tagged(facts.images, imported)
        const details = found && facts.imageDetails.get(found.id)
        return details && { observed: { image: imported, layers: details.steps.length } }
      },
    },
    {
      id: 'ran',
      look: (facts) => {
        const found = ranOk(facts, imported)
        return found && { observed: { name: found.name, command: found.command } }
      },
    },
  ],
}

/** The project of compose.yaml. */
export const composeProject = 'learn-compose'
const services = ({ containers }: Facts) =>
  containers.filter(({ labels }) => labels[composeLabels.project] === composeProject)

/** Several containers of one file, with a network of their own. */
const compose: Lesson = {
  id: 'compose',
  images: ['hello', 'node'],
  needsFolder: true,
  files: ['compose.yaml'],
  commands: (place) => [
    enterFolder(place),
    'docker compose up -d',
    'docker compose ps',
    'docker compose logs client',
    'docker compose down',
  ],
  places: ['compose', 'networks', 'logs'],
  subject: (facts) => services(facts).at(-1)?.id,
  checks: [
    {
      id: 'up',
      look: (facts) => {
        const running = services(facts).filter(({ state }) => state === 'running')
        return running.length >= 2
          ? { observed: { project: composeProject, names: running.map(({ name }) => name).join(', ') } }
          : undefined
      },
    },
    {
      id: 'network',
      look: ({ networks }) => {
        const found = networks.find(({ labels }) => labels[composeLabels.project] === composeProject)
        return found && { observed: { network: found.name } }
      },
    },
    {
      id: 'down',
      look: (facts) => {
        const all = services(facts)
        const isGone = all.length >= 2 && all.every(({ id }) => facts.removed.has(id))
        const hasNetwork = facts.networks.some(
          ({ labels }) => labels[composeLabels.project] === composeProject,
        )
        return isGone && !hasNetwork ? { observed: { project: composeProject } } : undefined
      },
    },
  ],
}

/** The chapter about images and projects on other computers. */
export const transport: readonly Lesson[] = [commit, save, exportLesson, compose]
