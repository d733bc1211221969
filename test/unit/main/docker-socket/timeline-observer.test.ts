import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseTarget } from '../../../../src/main/docker-socket/interceptor'
import { TimelineObserver } from '../../../../src/main/docker-socket/timeline-observer'
import { TimelineRecorder } from '../../../../src/main/timelines/timeline-recorder'
import { BerthError } from '../../../../src/shared/errors'

const id = 'c'.repeat(64)
const toFake = ['Date', 'performance', 'setTimeout', 'clearTimeout'] as const
let published: Set<TimelineRecorder>
let observer: TimelineObserver
/** The timelines that were given up, and those that the events of the container belong to again. */
let discarded: [TimelineRecorder, TimelineRecorder | undefined][]
let current: TimelineRecorder | undefined
beforeEach(() => {
  published = new Set()
  discarded = []
  current = undefined
  observer = new TimelineObserver({
    timelines: {
      prepare: (options) => new TimelineRecorder(options),
      publish: (recorder) => {
        published.add(recorder)
        return recorder
      },
      discard: (recorder, before) => discarded.push([recorder, before]),
      current: () => current,
    },
    state: { containers: new Map() },
  })
})
afterEach(() => {
  vi.useRealTimers()
})
const shown = () => [...published].map((recorder) => recorder.snapshot())

/** Passes a request through the observer, as the socket does. `end` ends the answer. */
function pass(target: string, { status, body }: { status: number; body?: object }, complete = true) {
  const observed = observer.observe(parseTarget('POST', target))
  observed?.ready?.()
  if (body !== undefined) observed?.body?.(Buffer.from(JSON.stringify(body)))
  observed?.sent?.()
  const stream = new PassThrough()
  observed?.answered?.(status)
  observed?.relayed?.(Object.assign(stream, { statusCode: status, complete }) as unknown as IncomingMessage)
  return {
    write: (value: object) => stream.write(`${JSON.stringify(value)}\n`),
    end: async () => {
      stream.end()
      stream.resume()
      await once(stream, 'close')
    },
  }
}
async function answered(target: string, status: number, answer: object, body?: object): Promise<void> {
  const request = pass(target, { status, ...(body === undefined ? {} : { body }) })
  request.write(answer)
  await request.end()
}

describe('the requests of a docker client', () => {
  it('are one run: create, pull, create and start', async () => {
    const body = { Image: 'alpine:3', Cmd: ['true'] }
    await answered('/v1.47/containers/create?name=web', 404, { message: 'No such image: alpine:3' }, body)
    expect(published.size).toBe(0)
    const pull = pass('/v1.47/images/create?fromImage=docker.io%2Flibrary%2Falpine&tag=3', { status: 200 })
    expect(shown()).toMatchObject([{ kind: 'run', state: 'running' }])
    for (const status of [
      'Pulling fs layer',
      'Downloading',
      'Download complete',
      'Extracting',
      'Pull complete',
    ])
      pull.write({ id: 'a', status, progressDetail: { current: 5, total: 10 } })
    await pull.end()
    await answered('/v1.47/containers/create?name=web', 201, { Id: id, Warnings: [] }, body)
    await answered(`/v1.47/containers/${id}/start`, 204, {})
    const [timeline, ...others] = shown()
    expect(others).toEqual([])
    expect(timeline).toMatchObject({
      kind: 'run',
      origin: 'docker',
      state: 'done',
      name: 'web',
      image: 'alpine:3',
      containerId: id,
      facts: { cached: false, pulledBytes: 10, pulledLayers: 1 },
    })
    expect(new Set(timeline?.steps.map(({ name }) => name))).toEqual(
      new Set(['received', 'lookup', 'pull', 'download', 'unpack', 'create', 'start']),
    )
  })

  it('are no run without a start, and a start that changes nothing is not shown', async () => {
    await answered('/containers/create', 201, { Id: id }, { Image: 'a' })
    await answered('/containers/other/start', 304, {})
    await answered(`/containers/${id}/stop`, 204, {})
    expect(published.size).toBe(0)
    await answered(`/containers/${id}/start`, 204, {})
    expect(shown()).toMatchObject([{ kind: 'run', facts: { cached: true } }])
  })

  it('leave a container’s timeline alone if it runs already', async () => {
    current = new TimelineRecorder({ kind: 'start', origin: 'engine', containerId: id })
    await answered(`/containers/${id}/start`, 304, {})
    expect(discarded).toMatchObject([[{ containerId: id, kind: 'start', origin: 'docker' }, current]])
    expect(published.size).toBe(0)
  })

  const missing = { message: 'No such image: alpine:3' }
  const create = (name: string) => [`/containers/create?name=${name}`, { Image: 'alpine:3' }] as const
  const pullPath = '/images/create?fromImage=alpine&tag=3'

  it('do not continue the run of a client that has given up without the image', async () => {
    vi.useFakeTimers({ toFake: [...toFake] })
    const [target, body] = create('web')
    await answered(target, 404, missing, body)
    vi.advanceTimersByTime(3_600_000)
    await answered(pullPath, 200, {})
    await answered(target, 201, { Id: id }, body)
    await answered(`/containers/${id}/start`, 204, {})
    expect(shown().map(({ kind, state }) => `${kind} ${state}`)).toEqual(['pull done', 'run done'])
    expect(Math.max(...(shown()[1]?.steps.map(({ endedAt }) => Number(endedAt)) ?? []))).toBeLessThan(60_000)
  })

  it('of two clients with the same missing image are two runs', async () => {
    const [first, second] = [create('one'), create('two')]
    await answered(first[0], 404, missing, first[1])
    const firstPull = pass(pullPath, { status: 200 })
    await answered(second[0], 404, missing, second[1])
    const secondPull = pass(pullPath, { status: 200 })
    await firstPull.end()
    await secondPull.end()
    const other = 'd'.repeat(64)
    await answered(second[0], 201, { Id: other }, second[1])
    await answered(first[0], 201, { Id: id }, first[1])
    for (const container of [id, other]) await answered(`/containers/${container}/start`, 204, {})
    expect(shown().map(({ kind, state, name, containerId }) => [kind, state, name, containerId])).toEqual([
      ['run', 'done', 'one', id],
      ['run', 'done', 'two', other],
    ])
  })

  it('are over some time after a creation without a start, also with a pull', async () => {
    vi.useFakeTimers({ toFake: [...toFake] })
    const [target, body] = create('web')
    await answered(target, 404, missing, body)
    await answered(pullPath, 200, {})
    await answered(target, 201, { Id: id }, body)
    expect(shown()).toMatchObject([{ kind: 'run', state: 'running' }])
    vi.advanceTimersByTime(600_000)
    expect(shown()).toMatchObject([{ kind: 'run', state: 'done' }])
    await answered(`/containers/${id}/start`, 204, {})
    expect(shown().map(({ kind }) => kind)).toEqual(['run', 'start'])
  })

  it('are one run also after a pull of hours', async () => {
    vi.useFakeTimers({ toFake: [...toFake] })
    const [target, body] = create('web')
    await answered(target, 404, missing, body)
    const pull = pass(pullPath, { status: 200 })
    vi.advanceTimersByTime(3 * 3_600_000)
    await pull.end()
    await answered(target, 201, { Id: id }, body)
    await answered(`/containers/${id}/start`, 204, {})
    expect(shown()).toMatchObject([{ kind: 'run', state: 'done', containerId: id }])
  })

  it('that fail show the engine’s error', async () => {
    const conflict = { message: 'Conflict. The container name "/web" is already in use by container "x".' }
    await answered('/containers/create?name=web', 409, conflict, { Image: 'a' })
    await answered('/containers/web/start', 500, {
      message: 'failed to create task: OCI runtime create failed',
    })
    await answered('/images/create?fromImage=nowhere', 404, { message: 'manifest unknown' })
    const failedPull = pass('/images/create?fromImage=later&tag=1', { status: 200 })
    failedPull.write({ error: 'denied: requested access' })
    await failedPull.end()
    expect(shown().map(({ kind, state, error }) => [kind, state, error?.code])).toEqual([
      ['run', 'failed', 'container.name-taken'],
      ['start', 'failed', 'container.start-failed'],
      ['pull', 'failed', 'registry.no-such-image'],
      ['pull', 'failed', 'registry.denied'],
    ])
  })

  it('for a build without BuildKit are a build, also one that its client leaves', async () => {
    const build = pass('/v1.50/build?dockerfile=Dockerfile&t=built&version=1', { status: 200 })
    build.write({ stream: 'Step 1/1 : FROM busybox' })
    await build.end()
    const left = pass('/v1.50/build?remote=https%3A%2F%2Fgit.example%2Fapp.git', { status: 200 }, false)
    await left.end()
    await answered('/build?t=broken', 400, { message: 'the Dockerfile cannot be empty' })
    expect(shown().map(({ kind, name, state, error }) => [kind, name, state, error?.code])).toEqual([
      ['build', 'built:latest', 'done', undefined],
      ['build', 'https://git.example/app.git', 'failed', 'docker.client-left'],
      ['build', 'broken:latest', 'failed', 'build.failed'],
    ])
    expect(shown()[0]?.steps).toMatchObject([{ name: 'received' }, { label: '[1/1] FROM busybox' }])
  })

  it('that Berth refuses show its reason', () => {
    const observed = observer.observe(parseTarget('POST', `/containers/${id}/restart`))
    observed?.failed?.(
      new BerthError('port.taken', { port: 80, address: '127.0.0.1', protocol: 'tcp', owner: 'nginx' }),
    )
    expect(shown()).toMatchObject([
      { kind: 'restart', containerId: id, error: { params: { owner: 'nginx' } } },
    ])
  })

  it('of other kinds are not observed', () => {
    for (const [method, path] of [
      ['GET', '/containers/json'],
      ['POST', '/containers/x/stop'],
      ['POST', '/images/create?fromSrc=-'],
      // BuildKit tells of its own builds.
      ['POST', '/build?version=2'],
    ] as const)
      expect(observer.observe(parseTarget(method, path))).toBeUndefined()
  })
})
