import { beforeEach, describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../../../src/main/builds/history-events'
import { OtherBuilds } from '../../../../src/main/builds/other-builds'
import type { ReportedBuild } from '../../../../src/main/timelines'
import type { BuildStep } from '../../../../src/shared/builds'
import { silentLog } from '../../../support/fake-services'

const started: HistoryEvent = {
  ...{
    type: 'started',
    ref: 'ref1',
    tag: 'docker.io/library/app',
    folder: '',
    project: '',
    isQuestion: false,
  },
  ...{ startedAt: 1000, endedAt: null, isCancelled: false, message: '' },
}
const ended: HistoryEvent = { ...started, type: 'ended', endedAt: 3000 }
const step: BuildStep = {
  ...{ id: 'sha256:1', name: '[1/1] FROM busybox', inputs: [], startedAt: 1100, endedAt: 1200, cached: true },
  ...{ error: null, progress: [], miss: null, outputLength: 0 },
}

let reported: ReportedBuild[]
let mayBeOwn: boolean
let composing: string[]
let withdrawn: string[]
let isOwn: boolean
let readSteps: (ref: string) => Promise<BuildStep[]>
let reads: string[]
let builds: OtherBuilds
beforeEach(() => {
  reported = []
  reads = []
  mayBeOwn = isOwn = false
  composing = []
  withdrawn = []
  readSteps = () => Promise.resolve([step])
  builds = new OtherBuilds({
    timelines: { report: (build) => reported.push(build), withdraw: (id) => withdrawn.push(id) },
    log: silentLog,
    readSteps: (ref) => {
      reads.push(ref)
      return readSteps(ref)
    },
    mayBeOwn: () => mayBeOwn,
    isOwn: () => isOwn,
    isComposing: (project) => composing.includes(project),
    changed: () => undefined,
  })
})
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a build of another program', () => {
  it('is not shown if it ended before this app listened, because BuildKit reports an end again', async () => {
    builds.connected()
    builds.take(ended)
    await settled()
    expect([reported, reads]).toEqual([[], []])
    builds.take({ ...ended, ref: 'ref2', endedAt: Date.now() })
    await settled()
    expect(reported).toMatchObject([{ id: 'ref2' }])
  })

  it('is shown when it begins, and has its steps when it has ended', async () => {
    builds.take(started)
    expect(reported).toMatchObject([{ id: 'ref1', name: 'app:latest', endedAt: null, steps: [] }])
    expect(reads).toEqual([])
    builds.take(ended)
    await settled()
    expect(reported.slice(1)).toMatchObject([
      { id: 'ref1', startedAt: 1000, endedAt: 3000, steps: [step], error: undefined },
    ])
  })

  it('is read once, although BuildKit reports its end again', async () => {
    builds.take(ended)
    builds.take({ ...ended, message: 'later' })
    await settled()
    expect(reads).toEqual(['ref1'])
    expect(reported).toHaveLength(1)
  })

  it('has failed with BuildKit’s message, or because its client has left', async () => {
    builds.take({ ...ended, message: 'exit code: 3' })
    builds.take({ ...ended, ref: 'ref2', tag: '', isCancelled: true, message: 'context canceled' })
    await settled()
    expect(reported.map(({ name, error }) => [name, error?.code, error?.detail])).toEqual([
      ['app:latest', 'build.failed', 'exit code: 3'],
      ['ref2', 'docker.client-left', undefined],
    ])
  })

  it('has a timeline also if its steps cannot be read', async () => {
    readSteps = () => Promise.reject(new Error('gone'))
    builds.take(ended)
    await settled()
    expect(reported).toMatchObject([{ endedAt: 3000, steps: [] }])
  })

  it('has failed if the connection is lost while it runs, until its end is known', async () => {
    builds.take(started)
    builds.disconnected()
    expect(reported.at(-1)?.error?.code).toBe('machine.connection-lost')
    builds.take(started)
    builds.take(ended)
    await settled()
    builds.disconnected()
    expect(reported.map(({ error, endedAt }) => [error === undefined, endedAt])).toEqual([
      [true, null],
      [false, 1000],
      [true, null],
      [true, 3000],
    ])
  })
})

describe('a build of this app', () => {
  it('is not recorded again, nor shown before its steps tell whose it is', async () => {
    mayBeOwn = isOwn = true
    builds.take(started)
    builds.take(ended)
    await settled()
    expect(reported).toEqual([])
  })

  it('is not left running if its steps tell only at the end whose it is', async () => {
    builds.take(started)
    isOwn = true
    builds.take(ended)
    await settled()
    expect(withdrawn).toEqual(['ref1'])
    expect(reported.map(({ endedAt }) => endedAt)).toEqual([null])
  })

  it('is none if it was shown, and its steps cannot be read', async () => {
    builds.take(started)
    isOwn = true
    readSteps = () => Promise.reject(new Error('gone'))
    builds.take(ended)
    await settled()
    expect(withdrawn).toEqual([])
    expect(reported.map(({ endedAt }) => endedAt)).toEqual([null, 3000])
  })

  it('by compose is part of its project’s timeline, also when compose has ended before the report', async () => {
    const project = 'shop'
    composing = ['shop']
    builds.take({ ...started, project })
    composing = []
    builds.take({ ...ended, project })
    builds.take({ ...ended, ref: 'ref2', project: 'other' })
    await settled()
    expect(reported.map(({ id }) => id)).toEqual(['ref2'])
  })

  it('does not hide a build of another program that runs simultaneously', async () => {
    mayBeOwn = true
    builds.take(started)
    builds.take(ended)
    await settled()
    expect(reported).toMatchObject([{ endedAt: 3000 }])
  })
})

it('a question to the Dockerfile is no build', async () => {
  builds.take({ ...ended, isQuestion: true })
  await settled()
  expect(reads).toEqual([])
})
