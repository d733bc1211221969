import type { Container } from '../../../shared/containers'
import { shortId } from '../../../shared/short-id'
import { appImage, appName as app, type Facts, helloName as image, isFrom } from '../facts'
import type { Lesson } from '../lesson'
import { editSource, enterFolder } from './example-commands'

const volumeName = 'learn-data'

const mountsVolume = ({ mounts }: Container) =>
  mounts.some(({ type, source }) => type === 'volume' && source === volumeName)
const ended = ({ exitCode }: Container) => exitCode === 0
const users = ({ containers }: Facts) => containers.filter(mountsVolume)

/** Data that outlive their container in a volume. */
const volume: Lesson = {
  id: 'volume',
  images: ['hello'],
  commands: () => [
    `docker run --name learn-writer -v ${volumeName}:/data ${image} sh -c "date > /data/note"`,
    'docker rm learn-writer',
    `docker run --name learn-reader -v ${volumeName}:/data ${image} cat /data/note`,
  ],
  hasForm: true,
  places: ['volumes', 'files', 'logs'],
  subject: (facts) => users(facts).at(-1)?.id,
  checks: [
    {
      id: 'written',
      look: (facts) => {
        const writer = users(facts).find(ended)
        return writer && { observed: { name: writer.name, volume: volumeName } }
      },
    },
    {
      id: 'removed',
      look: (facts) => {
        const writer = users(facts).find(({ id }) => facts.removed.has(id))
        const kept = facts.volumes.some(({ name }) => name === volumeName)
        return writer && kept ? { observed: { name: writer.name, volume: volumeName } } : undefined
      },
    },
    {
      id: 'read',
      look: (facts) => {
        const all = users(facts)
        const writer = all.find(({ id }) => facts.removed.has(id))
        // After a restart of Berth, the writer is known only from its tick.
        const isLater = ({ createdAt, name }: Container) =>
          writer === undefined
            ? facts.seen.has('removed') && name !== facts.seen.get('written')?.name
            : createdAt > writer.createdAt
        const reader = all.find((one) => isLater(one) && ended(one))
        return reader && { observed: { name: reader.name, volume: volumeName } }
      },
    },
  ],
}

const site = 'learn-site'
const sites = ({ containers }: Facts) =>
  containers.filter((one) => one.name === site && (isFrom(one, appImage) || one.startedAt !== null))
const before = (facts: Facts) => sites(facts).find(({ startedAt }) => startedAt !== null)
/** The short id of the old image. After a restart of Berth, the removed container is known only from its tick. */
const oldImage = (facts: Facts) => {
  const old = before(facts)
  return facts.seen.get('before')?.image ?? (old && shortId(old.imageId))
}
const after = (facts: Facts) => {
  const old = oldImage(facts)
  return sites(facts).find(
    (one) => old !== undefined && shortId(one.imageId) !== old && one.state === 'running',
  )
}

/** A container is not updated: a new one of the newer image takes its place. */
const replace: Lesson = {
  id: 'replace',
  images: ['node'],
  needsFolder: true,
  commands: (place) => [
    enterFolder(place),
    `docker build -f Dockerfile.5-cache -t ${app} .`,
    `docker run -d --name ${site} ${app}`,
    ...editSource(place),
    `docker build -f Dockerfile.5-cache -t ${app} .`,
    `docker rm -f ${site}`,
    `docker run -d --name ${site} ${app}`,
  ],
  places: ['container', 'images', 'builds'],
  subject: (facts) => sites(facts).at(-1)?.id,
  checks: [
    {
      id: 'before',
      look: (facts) => {
        const old = before(facts)
        return old && { observed: { name: site, image: shortId(old.imageId) } }
      },
    },
    {
      id: 'newer',
      look: (facts) => {
        const old = oldImage(facts)
        const newer = facts.images.find(({ tags }) => tags.includes(appImage))
        if (old === undefined || newer === undefined || shortId(newer.id) === old) return undefined
        return { observed: { image: shortId(newer.id) } }
      },
    },
    {
      id: 'replaced',
      look: (facts) => {
        const now = after(facts)
        return now && { observed: { name: site, image: shortId(now.imageId) } }
      },
    },
  ],
}

/** The chapter about containers that are thrown away, and data that stay. */
export const data: readonly Lesson[] = [volume, replace]
