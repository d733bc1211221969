import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { withDefaultTag } from '../../shared/images'
import { familiarName } from '../../shared/outdated'
import { type EngineState, engineRefusal, PassingPull, registryError } from '../engine'
import { withoutUserInfo } from '../lib'
import { hostNow, type TimelineRecorder, type Timelines } from '../timelines'
import type { ClientRequest } from './interceptor'
import { LegacyBuild } from './legacy-build'
import { parseJson } from './json-text'
import type { ObservedRequest, RequestObserver } from './request-observer'
import { messageOf, whenRead } from './short-answer'
import { WaitingRuns } from './waiting-runs'

/** A shorter wait for the machine is not shown. Milliseconds. */
const shownWaitMs = 50
/** A container that is started later was created for another reason than a run. Milliseconds. */
const runMs = 10 * 60_000
/** A client of a run asks for the pull, and then creates again, at most this long after the answer. Milliseconds. */
const nextRequestMs = 10_000

const createdSchema = z.object({ Id: z.string() })
const bodySchema = z.looseObject({ Image: z.string() })

export interface TimelineObserverOptions {
  timelines: Pick<Timelines, 'prepare' | 'publish' | 'discard' | 'current'>
  state: Pick<EngineState, 'containers'>
}

/**
 * Records the timelines of runs, starts, pulls and builds without BuildKit that docker clients ask for. A client runs a
 * container with several requests: create, a pull if the image is missing, create again, and start. The name of the
 * image connects the first three, and the container's id the last two.
 */
export class TimelineObserver implements RequestObserver {
  readonly #options: TimelineObserverOptions
  /** Runs whose image is missing, by the image, until their client asks for the pull. */
  readonly #withoutImage = new WaitingRuns(nextRequestMs)
  /** Runs whose image was pulled, by the image, until their client creates again. */
  readonly #pulled = new WaitingRuns(nextRequestMs)
  /** Runs whose container exists, by its id. They are shown once the container is started. */
  readonly #created = new WaitingRuns(runMs)

  constructor(options: TimelineObserverOptions) {
    this.#options = options
  }

  observe({ method, path, query }: ClientRequest): ObservedRequest | undefined {
    if (method !== 'POST') return undefined
    if (path === '/containers/create') return this.#create(query.get('name') ?? '')
    // BuildKit tells of its own builds.
    if (path === '/build' && query.get('version') !== '2') {
      const tag = query.get('t') ?? ''
      return this.#build(tag === '' ? withoutUserInfo(query.get('remote') ?? '') : familiarName(tag))
    }
    const [, container = '', action] = /^\/containers\/([^/]+)\/(start|restart)$/.exec(path) ?? []
    if (action === 'start' || action === 'restart') return this.#start(container, action)
    const image = query.get('fromImage') ?? ''
    return path === '/images/create' && image !== '' ? this.#pull(image, query.get('tag') ?? '') : undefined
  }

  #create(name: string): ObservedRequest {
    const { timelines } = this.#options
    const arrived = hostNow()
    let ready = arrived
    let run: TimelineRecorder | undefined
    let image = ''
    let end: ((error?: unknown) => void) | undefined
    return {
      ready: () => {
        ready = hostNow()
      },
      body: (body) => {
        image = bodySchema.safeParse(parseJson(body.toString('utf8'))).data?.Image ?? ''
        run = this.#pulled.take(imageKey(image), (pulled) => pulled.name === name)
        if (run !== undefined) return
        run = timelines.prepare({ kind: 'run', origin: 'docker', startedAt: arrived, name, image })
        woken(run, arrived, ready)
      },
      sent: () => {
        end = run?.begin('create')
      },
      relayed: (answer) => {
        const status = answer.statusCode ?? 0
        whenRead(answer, (value) => {
          const id = createdSchema.safeParse(value).data?.Id
          if (run === undefined || end === undefined) return
          if (status === 201 && id !== undefined) {
            end()
            if (!run.has('lookup')) run.cached(true)
            run.created(id)
            this.#created.put(id, run)
            return
          }
          const error = engineRefusal(status, messageOf(value), { image })
          if (error.code === 'image.not-found' && !run.has('lookup')) {
            run.becomeLookup()
            this.#withoutImage.put(imageKey(image), run)
            return
          }
          end(error)
          timelines.publish(run).end(error)
        })
      },
      failed: (error) => {
        if (run !== undefined) timelines.publish(run).end(error)
      },
    }
  }

  #start(container: string, kind: 'start' | 'restart'): ObservedRequest {
    const { timelines } = this.#options
    const containerId = this.#idOf(container)
    const arrived = hostNow()
    const before = timelines.current(containerId)
    const timeline =
      this.#created.take(containerId) ??
      timelines.prepare({ kind, origin: 'docker', startedAt: arrived, containerId })
    let end: ((error?: unknown) => void) | undefined
    return {
      ready: () => {
        woken(timeline, arrived, hostNow())
      },
      sent: () => {
        end = timeline.begin('start')
      },
      answered: (status) => {
        // A container that runs already is not started.
        if (status === 304) {
          timelines.discard(timeline, before)
          return
        }
        timelines.publish(timeline)
        if (status >= 400) return
        end?.()
        timeline.end()
      },
      relayed: (answer) => {
        const status = answer.statusCode ?? 0
        if (status < 400) return
        whenRead(answer, (value) => {
          timeline.end(engineRefusal(status, messageOf(value), { container: timeline.name || container }))
        })
      },
      failed: (error) => {
        timelines.publish(timeline).end(error)
      },
    }
  }

  #pull(name: string, tag: string): ObservedRequest {
    const { timelines } = this.#options
    const image = tag === '' ? name : `${name}${tag.includes(':') ? '@' : ':'}${tag}`
    const arrived = hostNow()
    const run = this.#withoutImage.take(imageKey(image))
    const timeline =
      run ??
      timelines.prepare({ kind: 'pull', origin: 'docker', startedAt: arrived, image: withDefaultTag(image) })
    let end: ((error?: unknown) => void) | undefined
    const over = (error?: unknown) => {
      end?.(error)
      if (run === undefined || error !== undefined) timeline.end(error)
      else this.#pulled.put(imageKey(image), run)
    }
    return {
      ready: () => {
        woken(timeline, arrived, hostNow())
      },
      sent: () => {
        end = timeline.begin('pull')
        timelines.publish(timeline)
      },
      relayed: (answer) => {
        if ((answer.statusCode ?? 0) >= 400) {
          whenRead(answer, (value) => {
            over(registryError(messageOf(value), image))
          })
          return
        }
        const progress = new PassingPull(image)
        answer.on('data', (chunk: Buffer) => {
          timeline.layers(progress.push(chunk))
        })
        // The stream of the answer closes after its last bytes, and also when the client leaves.
        answer.once('close', () => {
          over(progress.error ?? (answer.complete ? undefined : new BerthError('docker.client-left')))
        })
      },
      failed: over,
    }
  }

  #build(name: string): ObservedRequest {
    const { timelines } = this.#options
    const arrived = hostNow()
    const timeline = timelines.prepare({
      ...{ kind: 'build', origin: 'docker', startedAt: arrived },
      name,
    })
    const build = new LegacyBuild(timeline)
    return {
      ready: () => {
        woken(timeline, arrived, hostNow())
      },
      sent: () => {
        timelines.publish(timeline)
      },
      relayed: (answer) => {
        const status = answer.statusCode ?? 0
        if (status >= 400) {
          whenRead(answer, (value) => {
            build.end(new BerthError('build.failed', { name: timeline.name }, { detail: messageOf(value) }))
          })
          return
        }
        answer.on('data', (chunk: Buffer) => {
          build.push(chunk)
        })
        answer.once('close', () => {
          build.end(build.error ?? (answer.complete ? undefined : new BerthError('docker.client-left')))
        })
      },
      failed: (error) => {
        timelines.publish(timeline)
        build.end(error)
      },
    }
  }

  #idOf(reference: string): string {
    const { containers } = this.#options.state
    if (/^[0-9a-f]{64}$/.test(reference) || containers.has(reference)) return reference
    const all = [...containers.values()]
    const found =
      all.find(({ name }) => name === reference) ??
      all.find(({ id }) => reference !== '' && id.startsWith(reference))
    // The engine's state may not have a container that has just been created.
    return found?.id ?? this.#created.keyOf(({ name }) => name === reference) ?? ''
  }
}

function woken(timeline: TimelineRecorder, arrived: number, ready: number): void {
  if (ready - arrived > shownWaitMs) timeline.mark('woken', { begin: arrived, end: ready })
}

/** The docker CLI creates with the name as the user typed it, and pulls with the short name and a tag. */
function imageKey(reference: string): string {
  return withDefaultTag(reference)
    .replace(/^(?:index\.)?docker\.io\//, '')
    .replace(/^library\//, '')
}
