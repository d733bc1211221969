import type { Build } from '../../shared/builds'
import type { ContainerDetails } from '../../shared/container-details'
import { attributeOf } from '../../shared/container-events'
import type { Container } from '../../shared/containers'
import type { ReportedEvent } from '../../shared/events'
import { type Image, type ImageDetails, withDefaultTag } from '../../shared/images'
import type { Observed } from '../../shared/learn'
import { learnImages, learnLabel } from '../../shared/lessons'
import type { Network } from '../../shared/networks'
import type { PortForward } from '../../shared/ports'
import type { Volume } from '../../shared/volumes'

/** An answer of the example's web server to a request of the user. */
export interface Answer {
  /** The id of the container whose port Berth has asked. */
  container: string
  url: string
  /** The text of the page, without markup. */
  text: string
}

/** What the engine has shown since a lesson was opened. A check is a function of these facts. */
export interface Facts {
  /** The events about objects of Learn, oldest first. */
  events: readonly ReportedEvent[]
  /** The containers of Learn, oldest first, with the last state of those that have been removed. */
  containers: readonly Container[]
  /** The ids of the containers that are new or have changed since the lesson was opened. */
  changed: ReadonlySet<string>
  /** The ids of the removed containers. */
  removed: ReadonlySet<string>
  images: readonly Image[]
  volumes: readonly Volume[]
  networks: readonly Network[]
  forwards: readonly PortForward[]
  /** The builds that began after the lesson was opened and have ended, oldest first. */
  builds: readonly Build[]
  /** The end of the output of the failed step, by build id. */
  outputs: ReadonlyMap<string, string>
  /** The last line that an ended container has written, by container id, for lessons that read it. */
  printed: ReadonlyMap<string, string>
  /** By container id, for lessons that read them. */
  details: ReadonlyMap<string, ContainerDetails>
  /** By image id, for lessons that read them. */
  imageDetails: ReadonlyMap<string, ImageDetails>
  /** The namespaces that a container does not share with the machine, such as `pid 4026532`, by container id. */
  namespaces: ReadonlyMap<string, string>
  /** How often the kernel has throttled a container, by id. */
  throttled: ReadonlyMap<string, number>
  answers: readonly Answer[]
  /** What the checks of this lesson have observed so far, also before a restart of Berth. */
  seen: ReadonlyMap<string, Observed>
}

/** Names one run of a container. A container that starts again has another run. */
export function runOf({ id, startedAt }: Pick<Container, 'id' | 'startedAt'>): string {
  return `${id} ${String(startedAt ?? 0)}`
}

/** True if Learn made the object, or its name suggests that the user made it for a lesson. */
export function isOfLearn({
  name,
  labels,
}: {
  name: string
  labels: Readonly<Record<string, string>>
}): boolean {
  return Object.hasOwn(labels, learnLabel) || name.startsWith('learn-')
}

/** True if the container was created from the image, also under its name in a registry. */
export function isFrom({ image }: Pick<Container, 'image'>, ...names: readonly string[]): boolean {
  const whole = withDefaultTag(image)
  return names.some((name) => whole === withDefaultTag(name))
}

/** True if the image is the first one of a course: the one of Learn, or the one of the Docker Hub. */
export function isHello(container: Pick<Container, 'image'>): boolean {
  return isFrom(container, learnImages.hello, 'hello-world')
}

/** What the program of a failed build's step has written last, or the message of the build. */
export function failureText({ id, failure, stepList }: Build, outputs: Facts['outputs']): string {
  const lines = (outputs.get(id) ?? '').split('\n').map((line) => line.trim())
  const written = lines.filter((line) => line !== '').at(-1)
  return written ?? failure?.message ?? stepList.find(({ error }) => error !== null)?.error ?? ''
}

/** The image that the user builds. */
export const appImage = 'learn-app:latest'
/** The names of the images in the commands of the lessons, which need no tag. */
export const helloName = learnImages.hello.replace(':latest', '')
export const appName = appImage.replace(':latest', '')
/** The image that the user imports. It has no label. */
export const importedImage = 'learn-imported'
const watchedImages = [appImage, importedImage, 'hello-world', 'alpine', 'busybox', 'berth/busybox']

/** True if the container comes from an image that the lessons use and that may have no label. */
export function isFromWatched(container: Pick<Container, 'image'>): boolean {
  return isFrom(container, ...watchedImages)
}

/** True if a lesson looks at the container. One of a compose project has a name of compose, but its image's label. */
export function isWatched(container: Container): boolean {
  return isOfLearn(container) || isFromWatched(container)
}

export function tagged(images: readonly Image[], tag: string): Image | undefined {
  return images.find(({ tags }) => tags.includes(withDefaultTag(tag)))
}

/** The events about one object, oldest first. */
export function eventsOf({ events }: Facts, id: string): ReportedEvent[] {
  return events.filter((event) => event.id === id)
}

/** True if the event is a signal to a container's main process. */
export function isSignal(event: ReportedEvent, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  const [number, name] = signal === 'SIGTERM' ? ['15', 'TERM'] : ['9', 'KILL']
  const sent = attributeOf(event, 'signal')?.replace(/^SIG/, '')
  return event.kind === 'container' && event.action === 'kill' && (sent === number || sent === name)
}

/** Whole seconds between two events. */
export function secondsBetween(first: ReportedEvent, second: ReportedEvent): number {
  return Math.round((second.time - first.time) / 1000)
}
