import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseTarget } from '../../../../src/main/docker-socket/interceptor'
import { TimelineObserver } from '../../../../src/main/docker-socket/timeline-observer'
import { TimelineRecorder } from '../../../../src/main/timelines/recorder'
import { BerthError } from '../../../../src/shared/errors'

const id = 'c'.repeat(64)
let published: Set<TimelineRecorder>
let observer: TimelineObserver
beforeEach(() => {
  published = new Set()
  observer = new TimelineObserver({
    timelines: {
      prepare: (options) => new TimelineRecorder(options),
      publish: (recorder) => {
        published.add(recorder)
        return recorder
      },
    },
    state: { containers: new Map() },
  })
})
const shown = () => [...published].map((recorder) => recorder.snapshot())

/** Passes a request through the observer, as the socket does. `end` ends the answer. */
function pass(target: string, { status, body }: { status: number; body?: object }) {
  const observed = observer.observe(parseTarget('POST', target))
  observed?.ready?.()
  if (body !== undefined) observed?.body?.(Buffer.from(JSON.stringify(body)))
  observed?.sent?.()
  const stream = new PassThrough()
  observed?.answered?.(status)
  observed?.relayed?.(
    Object.assign(stream, { statusCode: status, complete: true }) as unknown as IncomingMessage,
  )
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
    ] as const)
      expect(observer.observe(parseTarget(method, path))).toBeUndefined()
  })
})
