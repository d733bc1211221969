import { randomUUID } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { BerthError } from '../../src/shared/errors'
import { flowControl } from '../../src/shared/flow-control'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'
import type { FakeServices } from '../support/fake-services'
import type { FakeTerminal } from '../support/fake-terminal'
import type { TestConnection } from '../support/headless-client'
import { eventually } from '../support/eventually'

const size = { columns: 80, rows: 24 }
const shell = { target: { kind: 'machine' }, size } as const

describe.each(carriers)('the contract over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier, { grace: 20 })

  async function openShell(): Promise<{ sessionId: string; terminal: FakeTerminal }> {
    const { id } = await test.client.terminals.open(shell)
    const terminal = test.services.shells.at(-1)
    if (terminal === undefined) throw new Error('no terminal was opened')
    return { sessionId: id, terminal }
  }

  describe('a call', () => {
    it('returns the output', async () => {
      await expect(test.client.app.info()).resolves.toEqual(test.services.info)
      await expect(test.client.volumes.prune()).resolves.toEqual({ removed: ['old'], bytes: 12 })
    })

    it('passes its input to the service', async () => {
      await test.client.containers.stop({ id: 'web', graceSeconds: 3 })
      await test.client.containers.pause({ id: 'web' })
      await test.client.containers.unpause({ id: 'web' })
      expect(test.services.calls).toEqual([
        'containers.stop web 3',
        'containers.pause web',
        'containers.unpause web',
      ])
    })

    it('names many containers, a signal, a group or an image', async () => {
      const { containers, containerGroups } = test.client
      await expect(containers.bulk({ ids: ['a', 'b'], action: 'remove' })).resolves.toEqual({
        done: ['a', 'b'],
        failures: [],
      })
      await containers.kill({ id: 'a', signal: 'SIGHUP' })
      await containers.rename({ id: 'a', name: 'web' })
      await expect(containers.stopped()).resolves.toEqual([{ id: 'c1', name: 'old', bytes: 12 }])
      await expect(containers.prune({ ids: ['c1'] })).resolves.toMatchObject({ bytes: 12 })
      const request = { reference: 'me/web', message: '', author: '', changes: ['CMD ["web"]'], pause: true }
      await expect(containers.commit({ id: 'a', request })).resolves.toEqual({ imageId: 'sha256:new' })
      await expect(containers.export({ id: 'a' })).resolves.toEqual({
        url: expect.stringMatching(/^\/downloads\//) as string,
      })
      await containerGroups.move({ names: ['web', 'db'], group: '내 앱' })
      await containerGroups.pin({ names: ['web'], pinned: true })
      expect(test.services.calls).toEqual([
        'bulkActions.run remove a,b',
        'containers.kill a SIGHUP',
        'containers.rename a web',
        'bulkActions.prune c1',
        'containers.commit a me/web',
        'containerGroups.move web,db 내 앱',
        'containerGroups.pin web true',
      ])
    })

    it.each([
      ['a change that is no instruction of a Dockerfile', { changes: ['RUN reboot'] }, 'input.invalid'],
      ['a change with a second line', { changes: ['CMD web\nRUN reboot'] }, 'input.invalid'],
      [
        'an image name with a digest',
        { reference: `web@sha256:${'0'.repeat(64)}` },
        'image.reference-invalid',
      ],
    ])('refuses a commit with %s', async (_, change, code) => {
      const request = { reference: 'web', message: '', author: '', changes: [], pause: true, ...change }
      await expect(test.client.containers.commit({ id: 'a', request })).rejects.toMatchObject({
        data: { code },
      })
      expect(test.services.calls).toEqual([])
    })

    it('is answered while many other calls run', async () => {
      const names = Array.from({ length: 50 }, (_, index) => `volume-${index}`)
      await Promise.all(
        names.map((name) => test.client.volumes.create({ name, driver: 'local', options: {}, labels: {} })),
      )
      expect(test.services.calls).toEqual(names.map((name) => `volumes.create ${name}`))
    })

    it('to quit is answered, and makes Berth quit', async () => {
      await test.client.app.quit({ discard: false })
      await eventually(() => {
        expect(test.services.quits).toBe(1)
      })
    })
  })

  describe('unsaved text', () => {
    it('keeps Berth from quitting, until the user discards it', async () => {
      const { app } = test.client
      await app.reportUnsaved({ names: ['/srv/a.yaml', '/srv/b.yaml'] })
      expect(await app.unsaved()).toEqual(['/srv/a.yaml', '/srv/b.yaml'])
      await expect(app.quit({ discard: false })).rejects.toMatchObject({ data: { code: 'app.unsaved-text' } })
      expect(test.services.quits).toBe(0)
      await app.reportUnsaved({ names: [] })
      expect(await app.unsaved()).toEqual([])
      await app.reportUnsaved({ names: ['/srv/a.yaml'] })
      await app.quit({ discard: true })
      await eventually(() => {
        expect(test.services.quits).toBe(1)
      })
    })
  })

  describe('a failure', () => {
    it('of a known kind has a code, parameters and a detail', async () => {
      test.services.failure = new BerthError(
        'volume.in-use',
        { volume: 'data', containers: 'web' },
        { detail: 'engine says no' },
      )
      await expect(test.client.volumes.remove({ name: 'data' })).rejects.toMatchObject({
        code: 'BERTH',
        defined: true,
        data: {
          code: 'volume.in-use',
          params: { volume: 'data', containers: 'web' },
          detail: 'engine says no',
        },
      })
    })

    it('that is unexpected has the code `internal`, and is logged', async () => {
      const logged = vi.spyOn(test.services.log, 'error')
      test.services.failure = new TypeError('undefined is not a container')
      await expect(test.client.containers.kill({ id: 'web' })).rejects.toMatchObject({
        code: 'BERTH',
        data: { code: 'internal', detail: 'undefined is not a container' },
      })
      expect(logged).toHaveBeenCalledWith(
        expect.objectContaining({ procedure: 'containers.kill' }),
        expect.any(String),
      )
    })

    it('that an invalid input causes names the field', async () => {
      await expect(test.client.containers.stop({ id: 'web', graceSeconds: -1 })).rejects.toMatchObject({
        code: 'BERTH',
        data: { code: 'input.invalid', params: { field: 'graceSeconds' } },
      })
      expect(test.services.calls).toEqual([])
    })

    it('that an invalid image name causes has its own code', async () => {
      await expect(test.client.images.pull({ reference: 'Node:20' })).rejects.toMatchObject({
        data: {
          code: 'image.reference-invalid',
          params: { reference: 'Node:20', reason: 'it has upper-case letters' },
        },
      })
    })

    it('names the field of a port that a request publishes twice', async () => {
      const port = { hostIp: '', hostPort: 5000, containerPort: 80, protocol: 'tcp' } as const
      const request = { image: 'a', command: [], environment: [], volumes: [], autoRemove: false, tty: false }
      await expect(
        test.client.containers.run({ ...request, ports: [port, { ...port, containerPort: 81 }] }),
      ).rejects.toMatchObject({
        data: { code: 'input.invalid', params: { field: 'ports.1.hostPort', reason: 'duplicate-port' } },
      })
    })

    it('that an unknown session causes has its own code', async () => {
      const events = test.client.sessions.attach({ sessionId: randomUUID(), viewId: randomUUID() })
      await expect(events).rejects.toMatchObject({ data: { code: 'session.not-found' } })
    })

    it('to read a message closes the connection of that message, and no other connection', async () => {
      const bystander = await test.host.connect()
      test.connection.sendRaw('{"i":"1","p":{"u":"/app/info","m":"GET"}}')
      await test.connection.closed
      await expect(bystander.client.app.info()).resolves.toEqual(test.services.info)
      bystander.drop()
    })
  })

  describe('a stream', () => {
    it('begins with the present value and continues with each change', async () => {
      const states = await test.client.machine.watch()
      expect((await states.next()).value).toMatchObject({ phase: 'stopped' })
      test.services.machine.enter('booting')
      expect((await states.next()).value).toMatchObject({ phase: 'booting' })
      test.services.machine.enter('running')
      expect((await states.next()).value).toMatchObject({ phase: 'running' })
    })

    it('skips states that are obsolete before they could be sent', async () => {
      const states = await test.client.machine.watch()
      await states.next()
      test.services.machine.enter('booting')
      test.services.machine.enter('connecting')
      test.services.machine.enter('running')
      expect((await states.next()).value).toMatchObject({ phase: 'running' })
    })

    it('loses no change of the engine', async () => {
      const events = await test.client.engine.watch()
      await events.next()
      const ids = Array.from({ length: 500 }, (_, index) => `container-${index}`)
      for (const id of ids) test.services.state.emit('change', { type: 'container-removed', id })
      for (const id of ids) expect((await events.next()).value).toEqual({ type: 'container-removed', id })
      expect(test.services.state.snapshots).toBe(1)
    })

    it('sends a new snapshot instead of a flood of changes', async () => {
      const events = await test.client.engine.watch()
      await events.next()
      for (let id = 0; id < 5_000; id++)
        test.services.state.emit('change', { type: 'container-removed', id: String(id) })
      expect((await events.next()).value).toEqual({ type: 'offline' })
      expect(test.services.state.snapshots).toBe(2)
    })

    it('ends on the server too if the client stops listening', async () => {
      const states = await test.client.machine.watch()
      await states.next()
      expect(test.services.machine.listenerCount('state')).toBe(1)
      await states.return()
      await eventually(() => {
        expect(test.services.machine.listenerCount('state')).toBe(0)
      })
      await expect(test.client.app.info()).resolves.toBeDefined()
    })

    it('ends on the server too if the client aborts', async () => {
      const aborting = new AbortController()
      const states = await test.client.machine.watch(undefined, { signal: aborting.signal })
      await states.next()
      const next = states.next()
      aborting.abort()
      await expect(next).rejects.toThrow()
      await eventually(() => {
        expect(test.services.machine.listenerCount('state')).toBe(0)
      })
      await expect(test.client.app.info()).resolves.toBeDefined()
    })
  })

  describe('a session', () => {
    it('carries a terminal’s input and output', async () => {
      const { sessionId, terminal } = await openShell()
      const events = await test.client.sessions.attach({ sessionId, viewId: randomUUID() })
      terminal.print('한글 ✓')
      expect((await events.next()).value).toEqual({ type: 'output', text: '한글 ✓', cost: 4 })
      await test.client.terminals.write({ sessionId, text: 'ls\r' })
      await test.client.terminals.resize({ sessionId, size: { columns: 120, rows: 40 } })
      expect(terminal.written).toEqual(['ls\r'])
      expect(terminal.sizes).toEqual([{ columns: 120, rows: 40 }])
      terminal.exit(3)
      expect((await events.next()).value).toEqual({ type: 'ended', exitCode: 3, error: null, cost: 0 })
      expect((await events.next()).done).toBe(true)
    })

    it('sends the list of sessions after every change, and the program in a shell', async () => {
      const lists = await test.client.sessions.watch()
      expect((await lists.next()).value).toEqual([])
      const { sessionId, terminal } = await openShell()
      expect((await lists.next()).value).toMatchObject([
        { id: sessionId, ended: false, target: shell.target },
      ])
      await expect(test.client.terminals.program({ sessionId })).resolves.toEqual({ name: null })
      terminal.foreground = 'vi'
      await expect(test.client.terminals.program({ sessionId })).resolves.toEqual({ name: 'vi' })
      terminal.exit(0)
      expect((await lists.next()).value).toMatchObject([{ id: sessionId, ended: true }])
      await test.client.sessions.close({ sessionId })
      expect((await lists.next()).value).toEqual([])
    })

    it('passes on the shells that a container offers, and refuses an invalid choice', async () => {
      const offers = await test.client.terminals.offers({ containerId: 'web' })
      expect(offers).toEqual({ shells: ['/bin/sh'], users: ['root'], user: 'root', folder: '/' })
      const target = { kind: 'container', containerId: 'web', user: 'a b' } as const
      await expect(test.client.terminals.open({ target, size })).rejects.toMatchObject({
        data: { code: 'input.invalid', params: { field: 'target.user' } },
      })
      expect(test.services.shells).toEqual([])
    })

    it('pauses the source if the view stalls, and resumes the source when the view has caught up', async () => {
      const chunk = 'x'.repeat(1_000)
      const total = 1_000
      let produced = 0
      test.services.logSource = async function* () {
        for (; produced < total; produced++) {
          await new Promise(setImmediate)
          yield { entries: [{ stream: 'stdout', time: 0, text: chunk }] }
        }
      }
      const { id: sessionId } = await test.client.containers.logs({ id: 'web', tail: 100 })
      const viewId = randomUUID()
      const events = await test.client.sessions.attach({ sessionId, viewId })
      const { done, value: first } = await events.next()
      if (done === true || first.type !== 'logs') throw new Error('the first event was no log')
      await eventually(() => {
        expect((produced + 1) * 1_032).toBeGreaterThan(flowControl.high)
      })
      const stalledAt = produced
      await expect(test.client.app.info()).resolves.toBeDefined()
      expect(produced).toBe(stalledAt)
      expect(produced * 1_000).toBeLessThan(flowControl.high * 1.1)

      const again = await test.client.sessions.attach({ sessionId, viewId: randomUUID() })
      await again.return()
      let entries = first.entries.length
      await test.client.sessions.acknowledge({ sessionId, viewId, units: first.cost })
      for await (const event of events) {
        if (event.type === 'logs') entries += event.entries.length
        if (event.type === 'ended') break
        if (event.cost > 0) await test.client.sessions.acknowledge({ sessionId, viewId, units: event.cost })
      }
      expect(produced).toBe(total)
      expect(entries).toBe(total)
    })

    it('can be shown in two views', async () => {
      const { sessionId, terminal } = await openShell()
      const other = await test.host.connect()
      const [first, second] = await Promise.all(
        [test.connection, other].map(({ client }) =>
          client.sessions.attach({ sessionId, viewId: randomUUID() }),
        ),
      )
      terminal.print('seen by both')
      const expected = { type: 'output', text: 'seen by both', cost: 12 }
      expect((await first?.next())?.value).toEqual(expected)
      expect((await second?.next())?.value).toEqual(expected)
      other.drop()
    })
  })

  describe('a dropped connection', () => {
    it('ends its streams', async () => {
      const states = await test.client.machine.watch()
      await states.next()
      test.connection.drop()
      await eventually(() => {
        expect(test.services.machine.listenerCount('state')).toBe(0)
      })
    })

    it('ends its terminals after the grace period', async () => {
      const { terminal } = await openShell()
      test.connection.drop()
      await eventually(() => {
        expect(terminal.closed).toBe(true)
      })
      expect(test.services.sessions.list()).toEqual([])
    })

    it('does not end a terminal that another connection keeps', async () => {
      const { sessionId, terminal } = await openShell()
      const other = await test.host.connect()
      await other.client.sessions.keep({ sessionId })
      test.connection.drop()
      await test.connection.closed
      const { terminal: forgotten } = await openShellOn(other, test.services)
      expect([terminal.closed, forgotten.closed]).toEqual([false, false])
      other.drop()
      await eventually(() => {
        expect(forgotten.closed && terminal.closed).toBe(true)
      })
    })

    it('does not end a session that another connection shows, but the drop of the other connection does', async () => {
      const { sessionId, terminal } = await openShell()
      const other = await test.host.connect()
      const events = await other.client.sessions.attach({ sessionId, viewId: randomUUID() })
      test.connection.drop()
      const { terminal: forgotten } = await openShellOn(other, test.services)
      other.drop()
      await eventually(() => {
        expect(forgotten.closed && terminal.closed).toBe(true)
      })
      await expect(events.next()).rejects.toThrow()
    })
  })

  describe('a compaction', () => {
    it('ends with its result', async () => {
      const events = []
      for await (const event of await test.client.disk.compact()) events.push(event)
      expect(events.at(-1)).toEqual({ returned: 30 })
    })

    it('reports its progress, and is cancelled when the client stops listening', async () => {
      let aborted = false
      test.services.maintenance.compact = (report, signal) => {
        report({ step: 'compare', percent: 7 })
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true
            reject(new Error('given up'))
          })
        })
      }
      const events = await test.client.disk.compact()
      expect((await events.next()).value).toEqual({ step: 'compare', percent: 7 })
      await events.return()
      await eventually(() => {
        expect(aborted).toBe(true)
      })
    })

    it('that fails ends with its error', async () => {
      test.services.failure = new BerthError('disk.compact-failed', {
        file: 'data.qcow2',
        reason: 'it is broken',
      })
      const consume = async () => {
        for await (const event of await test.client.disk.compact()) expect(event).toHaveProperty('step')
      }
      await expect(consume()).rejects.toMatchObject({ data: { code: 'disk.compact-failed' } })
    })
  })
})

async function openShellOn(
  { client }: TestConnection,
  services: FakeServices,
): Promise<{ terminal: FakeTerminal }> {
  await client.terminals.open(shell)
  const terminal = services.shells.at(-1)
  if (terminal === undefined) throw new Error('no terminal was opened')
  return { terminal }
}
