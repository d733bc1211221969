import { attributeOf } from '../../../shared/container-events'
import { learnImages } from '../../../shared/lessons'
import { shortId } from '../../../shared/short-id'
import {
  eventsOf,
  type Facts,
  helloName as image,
  isFrom,
  isHello,
  isSignal,
  secondsBetween,
  tagged,
} from '../facts'
import type { Found, Lesson } from '../lesson'

const named = ({ containers }: Facts, name: string) =>
  [...containers].reverse().find((container) => container.name === name)

const isGreeting = (container: Facts['containers'][number]) =>
  isHello(container) && /(?:^|\/)hello$/.test(container.command)

/** `docker run hello-world`: from the image in the cache to a container, and to the end of its program. */
const hello: Lesson = {
  id: 'hello',
  images: ['hello'],
  commands: () => [`docker run ${image}`],
  hasForm: true,
  places: ['container', 'logs', 'images', 'stack'],
  subject: (facts) => facts.containers.filter(isGreeting).at(-1)?.id,
  checks: [
    {
      id: 'image',
      look: ({ images }) => {
        const found = tagged(images, learnImages.hello) ?? tagged(images, 'hello-world')
        return found && { observed: { image: found.tags[0] ?? '', id: shortId(found.id) } }
      },
    },
    {
      id: 'created',
      look: ({ containers }) => {
        const found = containers.find(isGreeting)
        return found && { observed: { name: found.name, id: shortId(found.id) } }
      },
    },
    {
      id: 'ended',
      look: ({ containers }) => {
        const found = containers.find((one) => isGreeting(one) && one.exitCode === 0)
        return found && { observed: { name: found.name, code: 0 } }
      },
    },
  ],
}

const isOverridden = (container: Facts['containers'][number]) =>
  (isHello(container) || isFrom(container, 'alpine', 'busybox', 'berth/busybox')) &&
  /^(?:\/bin\/)?ls\b/.test(container.command)

/** `docker run alpine ls`: the command after the image's name replaces the image's own. */
const command: Lesson = {
  id: 'command',
  images: ['hello'],
  commands: () => [`docker run ${image} ls`],
  hasForm: true,
  places: ['container', 'logs', 'image'],
  subject: (facts) => facts.containers.filter(isOverridden).at(-1)?.id,
  checks: [
    {
      id: 'command',
      look: ({ containers }) => {
        const found = containers.find(isOverridden)
        return found && { observed: { name: found.name, command: found.command } }
      },
    },
    {
      id: 'ended',
      look: ({ containers }) => {
        const found = containers.find((one) => isOverridden(one) && one.exitCode === 0)
        return found && { observed: { name: found.name, code: 0 } }
      },
    },
  ],
}

const seven = 'learn-seven'
/** Finds an event of the lesson's container. */
const happened = (facts: Facts, name: string, action: string) =>
  facts.events.find((event) => event.kind === 'container' && event.name === name && event.action === action)

/** `docker ps`: the seven columns of a container while it runs, is paused and has ended. */
const columns: Lesson = {
  id: 'columns',
  images: ['hello'],
  commands: () => [
    `docker run -d --name ${seven} ${image} rest`,
    'docker ps',
    `docker pause ${seven}`,
    'docker ps',
    `docker unpause ${seven}`,
    `docker stop ${seven}`,
    'docker ps -a',
  ],
  hasForm: true,
  places: ['containers', 'container', 'events'],
  subject: (facts) => named(facts, seven)?.id,
  checks: [
    {
      id: 'up',
      look: (facts) => {
        const found = named(facts, seven)
        if (found === undefined || found.startedAt === null) return undefined
        return { observed: { name: found.name, command: found.command, id: shortId(found.id) } }
      },
    },
    {
      id: 'paused',
      look: (facts) => {
        const isPaused = named(facts, seven)?.state === 'paused' || happened(facts, seven, 'pause')
        return isPaused ? { observed: { name: seven } } : undefined
      },
    },
    {
      id: 'exited',
      look: (facts) => {
        const found = named(facts, seven)
        if (found?.state !== 'exited') return undefined
        return { observed: { name: seven, code: found.exitCode ?? 0 } }
      },
    },
  ],
}

const execName = 'learn-exec'
const commandsIn = (facts: Facts, name: string) =>
  facts.events.filter((event) => event.name === name && event.action.startsWith('exec_'))
const isShell = ({ action, detail }: Facts['events'][number]) =>
  action === 'exec_start' && /(?:^|\/|\s)(?:ba|da|a)?sh\b/.test(detail)
const isOtherCommand = (event: Facts['events'][number]) => event.action === 'exec_start' && !isShell(event)
/** The shells that were started in the container. One whose terminal was closed may never end. */
const shellsIn = (facts: Facts, name: string) => commandsIn(facts, name).filter(isShell)

/** `docker exec`: another process in a running container. */
const exec: Lesson = {
  id: 'exec',
  images: ['hello'],
  commands: () => [
    `docker run -d --name ${execName} ${image} rest`,
    `docker exec ${execName} ls`,
    `docker exec -it ${execName} sh`,
    'exit',
  ],
  hasForm: true,
  places: ['shell', 'events'],
  subject: (facts) => named(facts, execName)?.id,
  checks: [
    {
      id: 'running',
      look: (facts) => {
        const found = named(facts, execName)
        return found?.state === 'running' ? { observed: { name: found.name, pid: found.pid } } : undefined
      },
    },
    {
      id: 'command',
      look: (facts) => {
        const [one] = commandsIn(facts, execName).filter(isOtherCommand)
        return one && { observed: { name: execName, command: one.detail.trim() } }
      },
    },
    {
      id: 'shell',
      look: (facts) => {
        const shell = shellsIn(facts, execName)[0]
        return shell && { observed: { name: execName, command: shell.detail.trim() } }
      },
    },
    {
      id: 'left',
      look: (facts) => {
        const ids = shellsIn(facts, execName).map((shell) => attributeOf(shell, 'execID'))
        const end = commandsIn(facts, execName).find(
          (event) => event.action === 'exec_die' && ids.includes(attributeOf(event, 'execID')),
        )
        if (end === undefined) return undefined
        const isAlive = named(facts, execName)?.state === 'running'
        return isAlive
          ? { observed: { name: execName, code: Number(attributeOf(end, 'exitCode')) } }
          : undefined
      },
    },
  ],
}

/** One stop of a container: the first signal since the last start, and the end. */
interface Stop {
  name: string
  term: Facts['events'][number] | undefined
  kill: Facts['events'][number] | undefined
  end: Facts['events'][number] | undefined
}

/** The stops of the containers of this lesson, from the signals and ends that the engine has reported. */
function stops(facts: Facts, program: string): Stop[] {
  const all: Stop[] = []
  for (const container of facts.containers) {
    if (!new RegExp(`(?:^|[/\\s])${program}$`).test(container.command)) continue
    let stop: Stop | undefined
    for (const event of eventsOf(facts, container.id)) {
      const [term, kill] = [isSignal(event, 'SIGTERM'), isSignal(event, 'SIGKILL')]
      if (term || kill) {
        stop ??= { name: container.name, term: undefined, kill: undefined, end: undefined }
        if (term) stop.term ??= event
        else stop.kill ??= event
      } else if (event.action === 'die' && stop !== undefined) {
        all.push({ ...stop, end: event })
        stop = undefined
      }
    }
    if (stop !== undefined) all.push(stop)
  }
  return all
}

const codeOf = ({ end }: Stop) => Number(end === undefined ? NaN : attributeOf(end, 'exitCode'))

function graceful(facts: Facts): Found {
  for (const stop of stops(facts, 'count')) {
    const { term, kill, end } = stop
    if (term === undefined || kill !== undefined) continue
    if (end === undefined) return { since: term.time }
    return { observed: { name: stop.name, seconds: secondsBetween(term, end), code: codeOf(stop) } }
  }
  return undefined
}

function forced(facts: Facts): Found {
  for (const stop of stops(facts, 'stubborn')) {
    const { term, kill, end } = stop
    if (term === undefined) continue
    if (end === undefined) return { since: term.time }
    if (kill !== undefined)
      return { observed: { name: stop.name, seconds: secondsBetween(term, kill), code: codeOf(stop) } }
  }
  return undefined
}

function killed(facts: Facts): Found {
  const stop = stops(facts, 'count').find(({ term, kill, end }) => term === undefined && kill && end)
  return stop && { observed: { name: stop.name, code: codeOf(stop) } }
}

/** `docker stop` against `docker kill`: SIGTERM and the grace period, or SIGKILL. */
const stop: Lesson = {
  id: 'stop',
  images: ['hello'],
  commands: () => [
    `docker run -d --name learn-count ${image} count`,
    'docker stop learn-count',
    'docker start learn-count',
    'docker kill learn-count',
    `docker run -d --name learn-stubborn ${image} stubborn`,
    'docker stop learn-stubborn',
  ],
  hasForm: true,
  places: ['logs', 'events', 'containers'],
  subject: (facts) =>
    [...facts.containers].reverse().find(({ name }) => /^learn-(?:count|stubborn)$/.test(name))?.id,
  checks: [
    { id: 'graceful', look: graceful },
    { id: 'killed', look: killed },
    { id: 'forced', look: forced },
  ],
}

/** The chapter about containers. */
export const first: readonly Lesson[] = [hello, command, columns, exec, stop]
