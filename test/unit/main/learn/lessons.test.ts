import { describe, expect, it } from 'vitest'
import type { Facts } from '../../../../src/main/learn/facts'
import { commonHint } from '../../../../src/main/learn/lesson'
import { lessonNames, lessonOf, lessons } from '../../../../src/main/learn/lessons'
import type { ContainerDetails } from '../../../../src/shared/container-details'
import type { Image, ImageDetails } from '../../../../src/shared/images'
import { rare as en } from '../../../../src/shared/i18n/en/rare'
import { lessonIds, type LessonId } from '../../../../src/shared/lessons'
import { recorded, recordedBuild, recordedContainer as container, recordedEvents } from './recorded-facts'

/** What each check of a lesson finds in the facts. */
function found(id: LessonId, facts: Partial<Facts>): Record<string, unknown> {
  const whole = recorded(facts)
  return Object.fromEntries(lessonOf(id).checks.map((check) => [check.id, check.look(whole)]))
}

const sha = (letter: string) => `sha256:${letter.repeat(64)}`
const image = (tags: string[], id = sha('a'), labels = {}): Image => {
  return { id, tags, digests: [], size: 1, createdAt: 1, labels }
}
const app = { image: 'learn-app', command: 'node server.js' }

describe('the lessons', () => {
  it('are in the order of the chapters, and all their checks have texts', () => {
    expect(lessons.map(({ id }) => id)).toEqual(lessonIds)
    const texts = en.learn.lesson as Record<string, { check: object; seen: object }>
    for (const { id, checks } of lessons) {
      const names = checks.map((check) => check.id)
      expect(Object.keys(texts[id]?.check ?? {}), id).toEqual(names)
      expect(Object.keys(texts[id]?.seen ?? {}), id).toEqual(names)
    }
  })

  it.each(lessonIds)('find nothing in an empty engine: %s', (id) => {
    expect(Object.values(found(id, {})).filter((value) => value !== undefined)).toEqual([])
  })

  it('enter the folder of the example, whatever its name is', () => {
    const enter = (folder: string, platform: NodeJS.Platform = 'linux') =>
      lessonOf('build').commands({ folder, platform, port: 5000 })[0]
    expect(enter('~/berth-learn')).toBe('cd ~/berth-learn')
    expect(enter('~/my files')).toBe("cd ~/'my files'")
    expect(enter("/home/me/It's $HOME")).toBe("cd '/home/me/It'\\''s $HOME'")
    expect(enter('C:\\My files', 'win32')).toBe('cd /d "C:\\My files"')
  })

  it('know the names in their commands, but not those of files and images of Learn', () => {
    expect([...lessonNames]).toEqual(
      expect.arrayContaining(['learn-seven', 'learn-app', 'learn-data', 'learn-imported', 'learn-again']),
    )
    expect([...lessonNames].filter((name) => /hello|node|images|files|example/.test(name))).toEqual([])
  })

  it('use the port that the user has published', () => {
    const commands = lessonOf('mount').commands({ folder: '/x', platform: 'linux', port: 5050 })
    expect(commands.filter((line) => line.includes('5050'))).toHaveLength(1)
    expect(commands.join()).not.toContain('5000')
  })

  it('build the image that they need themselves, because the user may have skipped the lesson before', () => {
    for (const id of ['copy', 'publish', 'workdir', 'cache', 'mount', 'replace'] as const) {
      const commands = lessonOf(id).commands({ folder: '/x', platform: 'linux', port: 5000 })
      const [run, build] = ['docker run', 'docker build'].map((start) =>
        commands.findIndex((line) => line.startsWith(start)),
      )
      expect(build, id).toBeGreaterThan(-1)
      if (run !== -1) expect(build, id).toBeLessThan(run ?? -1)
    }
  })

  it('hello: accept the image of Learn and the one of the Docker Hub', () => {
    const ended = { state: 'exited', exitCode: 0 } as const
    for (const name of ['berth/learn-hello', 'hello-world']) {
      const facts = {
        images: [image([`${name}:latest`])],
        containers: [container({ image: name, command: '/hello', ...ended })],
      }
      expect(found('hello', facts)).toMatchObject({
        image: { observed: { image: `${name}:latest` } },
        created: { observed: { name: 'learn-web' } },
        ended: { observed: { code: 0 } },
      })
    }
    const failed = { containers: [container({ state: 'exited', exitCode: 1 })] }
    expect(found('hello', failed).ended).toBeUndefined()
    const other = { containers: [container({ command: 'ls', ...ended })] }
    expect(found('hello', other)).toMatchObject({ created: undefined, ended: undefined })
  })

  it('command: need another command than the default one', () => {
    const ended = { state: 'exited', exitCode: 0 } as const
    expect(found('command', { containers: [container(ended)] })).toEqual({
      command: undefined,
      ended: undefined,
    })
    const overridden = { containers: [container({ ...ended, command: 'ls -l' })] }
    expect(found('command', overridden).command).toEqual({
      observed: { name: 'learn-web', command: 'ls -l' },
    })
  })

  it('columns: see the pause in the events, also after it has ended', () => {
    const events = recordedEvents(['pause', 1], ['unpause', 2]).map((event) => ({
      ...event,
      name: 'learn-seven',
    }))
    const containers = [container({ name: 'learn-seven', state: 'exited', exitCode: 143 })]
    expect(found('columns', { events, containers })).toMatchObject({
      up: { observed: {} },
      paused: { observed: {} },
      exited: { observed: { code: 143 } },
    })
  })

  it('exec: know the end of the shell by its id, and need the container to run on', () => {
    const events = recordedEvents(
      ['exec_start: sh', 1, { execID: 'e1' }],
      ['exec_start: ls', 2, { execID: 'e2' }],
      ['exec_die', 3, { execID: 'e2', exitCode: '0' }],
    ).map((event) => ({ ...event, name: 'learn-exec' }))
    const containers = [container({ name: 'learn-exec' })]
    expect(found('exec', { events, containers }).left).toBeUndefined()
    const ended = recordedEvents(['exec_die', 4, { execID: 'e1', exitCode: '130' }]).map((event) => ({
      ...event,
      name: 'learn-exec',
    }))
    expect(found('exec', { events: [...events, ...ended], containers }).left).toEqual({
      observed: { name: 'learn-exec', code: 130 },
    })
    const orphan = recordedEvents(['exec_start: sh', 0, { execID: 'e0' }]).map((event) => ({
      ...event,
      name: 'learn-exec',
    }))
    const withOrphan = { events: [...orphan, ...events, ...ended], containers }
    expect(found('exec', withOrphan).left).toMatchObject({ observed: { code: 130 } })
    const stopped = [container({ name: 'learn-exec', state: 'exited', exitCode: 0 })]
    expect(found('exec', { events: [...events, ...ended], containers: stopped }).left).toBeUndefined()
  })

  it('exec: see a command, and do not take a shell for one', () => {
    const run = (command: string) =>
      recordedEvents([`exec_start: ${command}`, 1]).map((event) => ({ ...event, name: 'learn-exec' }))
    expect(found('exec', { events: run('sh') })).toMatchObject({ command: undefined, shell: {} })
    expect(found('exec', { events: run('ls -l') })).toMatchObject({
      command: { observed: { command: 'ls -l' } },
      shell: undefined,
    })
  })

  it('copy and cache: know a step of the old builder, which is no server of the user', () => {
    const step = container({ name: 'eager_fox', image: 'sha256:1', command: "/bin/sh -c 'npm install'" })
    for (const id of ['copy', 'cache'] as const) {
      expect(lessonOf(id).hint?.(recorded({ containers: [step] }))).toMatchObject({ kind: 'old-builder' })
      expect(lessonOf(id).hint?.(recorded({ containers: [container(app)] }))).toBeUndefined()
      const later = { containers: [step], builds: [{ ...recordedBuild('succeeded'), startedAt: 2_000 }] }
      expect(lessonOf(id).hint?.(recorded(later))).toBeUndefined()
    }
  })

  it('stop: tell a stop with time to finish from a kill and from a stop that was forced', () => {
    const term = { signal: '15' }
    const kill = { signal: '9' }
    const counting = [container({ command: 'count' })]
    const waiting = found('stop', { containers: counting, events: recordedEvents(['kill', 10, term]) })
    expect(waiting.graceful).toEqual({ since: 10_000 })
    const events = recordedEvents(
      ['kill', 10, term],
      ['die', 13, { exitCode: '0' }],
      ['stop', 13],
      ['start', 20],
      ['kill', 21, kill],
      ['die', 21, { exitCode: '137' }],
    )
    expect(found('stop', { containers: counting, events })).toEqual({
      graceful: { observed: { name: 'learn-web', seconds: 3, code: 0 } },
      killed: { observed: { name: 'learn-web', code: 137 } },
      forced: undefined,
    })
    const stubborn = found('stop', {
      containers: [container({ command: 'stubborn' })],
      events: recordedEvents(['kill', 10, term], ['kill', 20, kill], ['die', 20, { exitCode: '137' }]),
    })
    expect(stubborn).toEqual({
      graceful: undefined,
      killed: undefined,
      forced: { observed: { name: 'learn-web', seconds: 10, code: 137 } },
    })
  })

  it('copy: read the failed step, and the build with COPY', () => {
    const failed = recordedBuild('failed', ['[2/2] RUN npm install', { error: 'exit code: 254' }])
    const built = recordedBuild('succeeded', ['[2/4] COPY package.json ./'], ['[4/4] RUN npm install'])
    const running = [container(app)]
    const outputs = new Map([['b1', 'npm: installing\nnpm error enoent package.json\n']])
    expect(found('copy', { builds: [failed, built], outputs, containers: running })).toMatchObject({
      failed: { observed: { error: 'npm error enoent package.json' } },
      built: { observed: { steps: 2 } },
      running: { observed: { name: 'learn-web' } },
    })
    expect(found('copy', { builds: [failed] }).built).toBeUndefined()
    const elsewhere = recordedBuild(
      'failed',
      ['[2/3] RUN npm install'],
      ['[3/3] COPY x ./', { error: 'not found' }],
    )
    expect(found('copy', { builds: [elsewhere] }).failed).toBeUndefined()
    const failure = { message: 'not found', error: null, stepId: null, line: null, mistake: null }
    const meant = recorded({ builds: [{ ...failed, failure }] })
    expect(commonHint(meant, lessonOf('copy'))).toBeNull()
    expect(commonHint(meant, lessonOf('cache'))).toMatchObject({ kind: 'build-failed' })
    const ended = recorded({ containers: [container({ ...app, state: 'exited', exitCode: 1 })] })
    expect(lessonOf('copy').hint?.(ended)).toEqual({ kind: 'ended', name: 'learn-web', text: '1' })
  })

  it('publish: need a port of this computer that is open', () => {
    const binding = { hostIp: '', hostPort: 5050, containerPort: 8080, protocol: 'tcp' } as const
    const containers = [
      container({ ...app, id: 'closed', name: 'learn-closed' }),
      container({ ...app, ports: [binding], createdAt: 2_000 }),
    ]
    const open = {
      containerId: 'c1',
      binding,
      address: '127.0.0.1',
      state: 'open',
      toNetwork: false,
    } as const
    const answers = [{ container: 'c1', url: 'http://localhost:5050', text: 'Hello World' }]
    expect(found('publish', { containers, forwards: [open], answers })).toEqual({
      closed: { observed: { name: 'learn-closed' } },
      published: { observed: { name: 'learn-web', port: 5050 } },
      answered: { observed: { url: 'http://localhost:5050', text: 'Hello World' } },
    })
    const failed = { containers, forwards: [{ ...open, state: 'failed' as const }] }
    expect(found('publish', failed).published).toBeUndefined()
    expect(commonHint(recorded(failed))).toMatchObject({ kind: 'port', text: '5050' })
  })

  it('workdir: read the working directory of the image', () => {
    const details = { workingDirectory: '/usr/src/app' } as ImageDetails
    const facts = {
      images: [image(['learn-app:latest'])],
      imageDetails: new Map([[sha('a'), details]]),
      containers: [container({ ...app, command: 'sh', state: 'exited', exitCode: 0 })],
    }
    expect(found('workdir', facts)).toMatchObject({
      set: { observed: { folder: '/usr/src/app' } },
      looked: { observed: { command: 'sh' } },
    })
    const root = new Map([[sha('a'), { workingDirectory: '/' } as ImageDetails]])
    expect(found('workdir', { ...facts, imageDetails: root }).set).toBeUndefined()
  })

  it('cache: look at the order of COPY and npm install, and at what was cached', () => {
    const again = recordedBuild('succeeded', ['[3/4] COPY ./ ./'], ['[4/4] RUN npm install'])
    const cached = recordedBuild(
      'succeeded',
      ['[3/5] COPY package.json ./', { cached: true }],
      ['[5/5] COPY ./ ./'],
      ['[4/5] RUN npm install', { cached: true }],
    )
    expect(found('cache', { builds: [again, cached] })).toEqual({
      again: { observed: { cached: 0, seconds: 2.5 } },
      cached: { observed: { cached: 2, seconds: 2.5 } },
    })
    expect(found('cache', { builds: [cached] }).again).toBeUndefined()
  })

  it('mount: compare the two answers of the server', () => {
    const mounts = [{ type: 'bind', source: '/x', destination: '/usr/src/app', readOnly: false }] as const
    const answers = [
      { container: 'c1', url: 'u', text: 'old' },
      { container: 'c1', url: 'u', text: 'new' },
    ]
    const facts = { containers: [container({ ...app, mounts: [...mounts] })], answers }
    expect(found('mount', facts)).toMatchObject({
      mounted: { observed: { folder: '/usr/src/app' } },
      changed: { observed: { before: 'old', now: 'new' } },
    })
    expect(found('mount', { ...facts, answers: answers.slice(0, 1) }).changed).toBeUndefined()
    const other = { container: 'other', url: 'u', text: 'of another container' }
    expect(found('mount', { ...facts, answers: [other, ...answers.slice(1)] }).changed).toBeUndefined()
  })

  it('limits: need an end by the kernel, not just exit code 137', () => {
    const details = (outOfMemory: boolean) =>
      new Map([
        ['c1', { outOfMemory, limits: { cpu: 0.2, memory: 2 ** 25, pids: null } } as ContainerDetails],
      ])
    const containers = [container({ state: 'exited', exitCode: 137 })]
    expect(found('limits', { containers, details: details(false) }).killed).toBeUndefined()
    expect(found('limits', { containers, details: details(true), throttled: new Map([['c1', 12]]) })).toEqual(
      {
        memory: { observed: { name: 'learn-web', mebibytes: 32 } },
        killed: { observed: { name: 'learn-web', code: 137 } },
        cpu: { observed: { name: 'learn-web', cpus: 0.2 } },
        throttled: { observed: { name: 'learn-web', count: 12 } },
      },
    )
  })

  it('limits: lead to the killed container, and to the cgroup of the running one', () => {
    const details = new Map([
      ['c1', { limits: { cpu: null, memory: 2 ** 25, pids: null } } as ContainerDetails],
      ['c2', { limits: { cpu: 0.2, memory: null, pids: null } } as ContainerDetails],
    ])
    const facts = recorded({ containers: [container(), container({ id: 'c2', createdAt: 2_000 })], details })
    const { subject } = lessonOf('limits')
    expect(subject?.(facts, 'container')).toBe('c1')
    expect(subject?.(facts, 'isolation')).toBe('c2')
  })

  it('namespaces: count a shell, and a ps that has succeeded', () => {
    const look = (command: string, exitCode: string) =>
      found('namespaces', {
        events: recordedEvents(
          [`exec_start: ${command}`, 1, { execID: 'e1' }],
          ['exec_die', 2, { execID: 'e1', exitCode }],
        ).map((event) => ({ ...event, name: 'learn-inside' })),
        containers: [container({ name: 'learn-inside' })],
        namespaces: new Map([['c1', 'pid 42']]),
      })
    expect(look('ps -ef', '0')).toEqual({
      inside: { observed: { name: 'learn-inside', command: 'ps -ef' } },
      outside: { observed: { name: 'learn-inside', pid: 100 } },
      different: { observed: { name: 'learn-inside', kinds: 'pid 42' } },
    })
    expect(look('ps', '127').inside).toBeUndefined()
    expect(look('top -ps', '0').inside).toBeUndefined()
    expect(look('sh', '130').inside).toBeDefined()
  })

  it('volume: need a removed writer and a later reader', () => {
    const mounts = [{ type: 'volume', source: 'learn-data', destination: '/data', readOnly: false }] as const
    const writer = container({ mounts: [...mounts], exitCode: 0, state: 'exited' })
    const reader = container({ ...writer, id: 'c2', name: 'learn-reader', createdAt: 2_000 })
    const volumes = [
      { name: 'learn-data', driver: 'local', createdAt: 1, labels: {}, anonymous: false },
    ] as const
    const facts = { containers: [writer, reader], volumes }
    expect(found('volume', facts)).toMatchObject({ written: { observed: {} }, removed: undefined })
    expect(found('volume', { ...facts, removed: new Set(['c1']) })).toMatchObject({
      removed: { observed: { volume: 'learn-data' } },
      read: { observed: { name: 'learn-reader' } },
    })
  })

  it('replace: need a container of the same name with another image', () => {
    const old = container({ ...app, name: 'learn-site' })
    const now = container({ ...old, id: 'c2', imageId: sha('b'), createdAt: 2_000 })
    const images = [image(['learn-app:latest'], sha('b'))]
    expect(found('replace', { containers: [old], images })).toMatchObject({
      newer: { observed: { image: 'b'.repeat(12) } },
      replaced: undefined,
    })
    expect(found('replace', { containers: [old, now], images }).replaced).toMatchObject({
      observed: { image: 'b'.repeat(12) },
    })
    const restarted = { seen: new Map([['before', { name: 'learn-site', image: 'a'.repeat(12) }]]) }
    expect(found('replace', { containers: [now], images }).replaced).toBeUndefined()
    expect(found('replace', { containers: [now], images, ...restarted }).replaced).toBeDefined()
  })

  it('save: need the events in their order', () => {
    const events = recordedEvents(['save', 1], ['untag', 2], ['load', 3]).map((event) => ({
      ...event,
      kind: 'image',
    }))
    expect(Object.values(found('save', { events })).every((value) => value !== undefined)).toBe(true)
    const restarted = { events: events.slice(1), seen: new Map([['saved', { id: 'x' }]]) }
    expect(found('save', restarted)).toMatchObject({ removed: { observed: {} }, loaded: { observed: {} } })
    const reversed = events.map((event) => ({ ...event, number: 4 - event.number })).reverse()
    expect(found('save', { events: reversed })).toMatchObject({ removed: undefined, loaded: undefined })
  })

  it('compose: need two running services, and later none', () => {
    const labels = { 'com.docker.compose.project': 'learn-compose' }
    const containers = [container({ labels }), container({ id: 'c2', labels, name: 'learn-client' })]
    expect(found('compose', { containers }).up).toMatchObject({
      observed: { names: 'learn-web, learn-client' },
    })
    expect(found('compose', { containers }).down).toBeUndefined()
    const removed = new Set(['c1', 'c2'])
    expect(found('compose', { containers, removed }).down).toBeDefined()
  })
})

describe('the hint after a failed attempt', () => {
  it('is the message of the engine, or names a program that the image does not have', () => {
    const failed = (error: string) =>
      commonHint(recorded({ containers: [container({ state: 'created', command: 'lss -l', error })] }))
    expect(failed('no space left on device')).toEqual({
      kind: 'start-failed',
      name: 'learn-web',
      text: 'no space left on device',
    })
    expect(failed('runc create failed: exec: "lss": executable file not found in $PATH')).toEqual({
      kind: 'not-found',
      name: 'learn-web',
      text: 'lss -l',
    })
  })

  it('explains a program that does not exist, in the container and in an exec', () => {
    const containers = [container({ state: 'exited', exitCode: 127, command: 'lss' })]
    expect(commonHint(recorded({ containers }))).toMatchObject({ kind: 'not-found', text: 'lss' })
    const events = recordedEvents(
      ['exec_start: lss -l', 1, { execID: 'e1' }],
      ['exec_die', 1, { execID: 'e1', exitCode: '127' }],
    )
    expect(commonHint(recorded({ events }))).toMatchObject({ kind: 'exec-not-found', text: 'lss -l' })
  })

  it('ignores a container that failed before the lesson was opened', () => {
    const containers = [container({ error: 'old' })]
    expect(commonHint(recorded({ containers, changed: new Set() }))).toBeNull()
  })
})
