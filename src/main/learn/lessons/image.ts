import type { Build } from '../../../shared/builds'
import type { Container } from '../../../shared/containers'
import { lessonSteps } from '../../../shared/lessons'
import { shortId } from '../../../shared/short-id'
import { appImage, appName as app, failureText, type Facts, isFrom, tagged } from '../facts'
import type { Hint, Lesson } from '../lesson'
import { isInstall, numbered, oldBuilder, stepsOf, stepTimes } from './build-steps'
import { buildApp, editSource, enterFolder } from './example-commands'

const source = '/usr/src/app'

/** The newest container of the user's image for which the test holds. */
function ofApp(
  { containers }: Pick<Facts, 'containers'>,
  test: (container: Container) => boolean = () => true,
): Container | undefined {
  return [...containers].reverse().find((container) => isFrom(container, appImage) && test(container))
}

/** The user's image, as the name in the engine leads to it. */
const built = ({ images }: Facts) => tagged(images, appImage)

/** A server of the example that has ended. It should run until somebody stops it. */
function endedServer(facts: Facts): Hint | undefined {
  const ended = ofApp(facts)
  if (ended?.state !== 'exited' || ended.exitCode !== 1) return undefined
  return { kind: 'ended', name: ended.name, text: String(ended.exitCode) }
}

/** A Dockerfile, and the image that is built from it. */
const buildLesson: Lesson = {
  id: 'build',
  images: ['node'],
  needsFolder: true,
  files: ['Dockerfile.1-node'],
  reads: ['printed'],
  commands: (place) => [enterFolder(place), buildApp('Dockerfile.1-node'), `docker run ${app}`],
  places: ['builds', 'image', 'logs'],
  subject: (facts) => built(facts)?.id,
  checks: [
    {
      id: 'built',
      look: (facts) => {
        const image = built(facts)
        return image && { observed: { image: appImage, id: shortId(image.id) } }
      },
    },
    {
      id: 'ran',
      look: (facts) => {
        const ran = ofApp(facts, ({ exitCode, command }) => exitCode === 0 && /--version|-v$/.test(command))
        if (ran === undefined) return undefined
        // The output of a removed container cannot be read any more.
        const text = facts.printed.get(ran.id) ?? (facts.removed.has(ran.id) ? ran.command : undefined)
        return text === undefined ? undefined : { observed: { name: ran.name, text } }
      },
    },
  ],
}

const failedInstall = ({ status, stepList }: Build) =>
  status === 'failed' && stepList.some((step) => isInstall(step) && step.error !== null)

/** A build whose temporary container does not have package.json, and COPY, which brings the file there. */
const copy: Lesson = {
  id: 'copy',
  images: ['node'],
  needsFolder: true,
  files: ['Dockerfile.2-no-copy', 'Dockerfile.3-copy'],
  reads: ['builds'],
  commands: (place) => [
    enterFolder(place),
    buildApp('Dockerfile.2-no-copy'),
    buildApp('Dockerfile.3-copy'),
    `docker run -d --name learn-copied ${app}`,
  ],
  places: ['builds', 'logs', 'image'],
  subject: (facts) => built(facts)?.id,
  hint: (facts) => oldBuilder(facts) ?? endedServer(facts),
  meantToFail: failedInstall,
  checks: [
    {
      id: 'failed',
      look: ({ builds, outputs }) => {
        const failed = builds.find(failedInstall)
        return failed && { observed: { error: failureText(failed, outputs) } }
      },
    },
    {
      id: 'built',
      look: ({ builds }) => {
        const done = builds.find(
          ({ status, stepList }) =>
            status === 'succeeded' &&
            stepList.some(isInstall) &&
            stepList.some(({ name }) => /\bCOPY\b.*package\.json|\bCOPY \.\/? /.test(name)),
        )
        return done && { observed: { name: done.name, steps: numbered(done).length } }
      },
    },
    {
      id: 'running',
      look: (facts) => {
        const server = ofApp(
          facts,
          ({ state, command }) => state === 'running' && command.includes('server.js'),
        )
        return server && { observed: { name: server.name } }
      },
    },
  ],
}

const isPublished = ({ state, ports }: Container) =>
  state === 'running' && ports.some(({ containerPort }) => containerPort === 8080)

/** The open port of a server on this computer. */
const forwardOf = ({ forwards }: Facts, { id }: Container) =>
  forwards.find(
    ({ containerId, state, binding }) =>
      containerId === id && state === 'open' && binding.containerPort === 8080,
  )

/** The newest server that can be reached from this computer, and its port here. */
function openPort(facts: Facts): { server: Container; port: number } | undefined {
  const server = ofApp(facts, (one) => isPublished(one) && forwardOf(facts, one) !== undefined)
  const forward = server && forwardOf(facts, server)
  return forward && { server, port: forward.binding.hostPort }
}

/** The address of the example's web server on this computer. Undefined while none is published. */
export function exampleServer(facts: Facts): { container: string; url: string } | undefined {
  const open = openPort(facts)
  return open && { container: open.server.id, url: `http://localhost:${String(open.port)}` }
}

/** The local network and the container's network, connected with `-p`. */
const publish: Lesson = {
  id: 'publish',
  images: ['node'],
  needsFolder: true,
  asks: true,
  commands: (place) => [
    enterFolder(place),
    buildApp('Dockerfile.3-copy'),
    `docker run -d --name learn-closed ${app}`,
    'docker port learn-closed',
    `docker run -d -p ${String(place.port)}:8080 --name learn-web ${app}`,
    'docker port learn-web',
    lessonSteps.ask,
  ],
  places: ['ports', 'stack', 'container'],
  subject: (facts) => ofApp(facts, isPublished)?.id,
  hint: endedServer,
  checks: [
    {
      id: 'closed',
      look: (facts) => {
        const closed = ofApp(facts, ({ state, ports }) => state === 'running' && ports.length === 0)
        return closed && { observed: { name: closed.name } }
      },
    },
    {
      id: 'published',
      look: (facts) => {
        const open = openPort(facts)
        return open && { observed: { name: open.server.name, port: open.port } }
      },
    },
    {
      id: 'answered',
      look: ({ answers }) => {
        const answer = answers.at(-1)
        return answer && { observed: { url: answer.url, text: answer.text } }
      },
    },
  ],
}

/** The id of the user's image and its working directory. Undefined if it has none. */
function withWorkdir(facts: Facts): { id: string; folder: string } | undefined {
  const id = built(facts)?.id ?? ''
  const folder = facts.imageDetails.get(id)?.workingDirectory ?? ''
  return folder === '' || folder === '/' ? undefined : { id, folder }
}

/** The directory of the application in the image. */
const workdir: Lesson = {
  id: 'workdir',
  images: ['node'],
  needsFolder: true,
  files: ['Dockerfile.4-workdir'],
  reads: ['image-details'],
  commands: (place) => [
    enterFolder(place),
    buildApp('Dockerfile.3-copy'),
    `docker run --name learn-root ${app} ls`,
    buildApp('Dockerfile.4-workdir'),
    `docker run -it --name learn-workdir ${app} sh`,
    'ls',
    'exit',
  ],
  places: ['image', 'files', 'builds'],
  subject: (facts) => built(facts)?.id,
  checks: [
    {
      id: 'set',
      look: (facts) => {
        const found = withWorkdir(facts)
        return found && { observed: { image: appImage, folder: found.folder } }
      },
    },
    {
      id: 'looked',
      look: (facts) => {
        const found = withWorkdir(facts)
        const looked =
          found &&
          ofApp(
            facts,
            ({ imageId, exitCode, command }) =>
              imageId === found.id && exitCode !== null && /^(?:\/bin\/)?(?:sh|ls)\b/.test(command),
          )
        return looked && { observed: { name: looked.name, command: looked.command } }
      },
    },
  ],
}

/** Two builds after a change of the source: npm install runs again, or comes from the cache. */
const cache: Lesson = {
  id: 'cache',
  images: ['node'],
  needsFolder: true,
  files: ['Dockerfile.4-workdir', 'Dockerfile.5-cache'],
  reads: ['builds'],
  commands: (place) => [
    enterFolder(place),
    buildApp('Dockerfile.4-workdir'),
    ...editSource(place),
    buildApp('Dockerfile.4-workdir'),
    buildApp('Dockerfile.5-cache'),
    ...editSource(place),
    buildApp('Dockerfile.5-cache'),
  ],
  places: ['builds', 'image'],
  subject: (facts) => built(facts)?.id,
  hint: oldBuilder,
  checks: [
    {
      id: 'again',
      look: ({ builds }) => {
        const found = builds.find((build) => {
          const { install, copied } = stepsOf(build)
          return install && copied && copied.position < install.position && !install.cached
        })
        return found && { observed: stepTimes(found) }
      },
    },
    {
      id: 'cached',
      look: ({ builds }) => {
        const found = builds.find((build) => {
          const { install, copied } = stepsOf(build)
          const isFirst = install && copied && install.position < copied.position
          return isFirst && install.cached && !copied.cached
        })
        return found && { observed: stepTimes(found) }
      },
    },
  ],
}

const hasSource = ({ mounts }: Container) =>
  mounts.some(({ type, destination }) => type === 'bind' && destination === source)
const isMounted = (container: Container) => container.state === 'running' && hasSource(container)

/** The source on this computer instead of a copy in the image. */
const mount: Lesson = {
  id: 'mount',
  images: ['node'],
  needsFolder: true,
  asks: true,
  commands: (place) => {
    const here = place.platform === 'win32' ? '%cd%' : '"$(pwd)"'
    return [
      enterFolder(place),
      buildApp('Dockerfile.5-cache'),
      `docker run -d -p ${String(place.port)}:8080 --name learn-web -v ${source}/node_modules -v ${here}:${source} ${app}`,
      lessonSteps.ask,
      ...editSource(place),
      'docker restart -t 1 learn-web',
      lessonSteps.ask,
    ]
  },
  places: ['files', 'container', 'ports'],
  subject: (facts) => ofApp(facts, isMounted)?.id,
  hint: endedServer,
  checks: [
    {
      id: 'mounted',
      look: (facts) => {
        const server = ofApp(facts, isMounted)
        return server && { observed: { name: server.name, folder: source } }
      },
    },
    {
      id: 'changed',
      look: ({ answers, containers }) => {
        // The server of another lesson has another text, but not because of the mount.
        const mounted = new Set(containers.filter(hasSource).map(({ id }) => id))
        const own = answers.filter(({ container }) => mounted.has(container))
        const before = own[0]
        const now = own.at(-1)
        if (before === undefined || now === undefined || before.text === now.text) return undefined
        return { observed: { before: before.text, now: now.text } }
      },
    },
  ],
}

/** The chapter about images: the example of a Node server. */
export const image: readonly Lesson[] = [buildLesson, copy, publish, workdir, cache, mount]
