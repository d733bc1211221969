import { EventEmitter } from 'node:events'
import { Duplex } from 'node:stream'
import { expect, test, vi } from 'vitest'
import type { EngineChange } from '../../../../src/main/engine'
import { Isolation } from '../../../../src/main/isolation'
import type { Container } from '../../../../src/shared/containers'
import type { IsolationEvent } from '../../../../src/shared/isolation'

const id = 'a'.repeat(64)
const other = 'b'.repeat(64)
const namespaces = (...ids: number[]) => ids

/** The machine's program: `says` sends a line to the host, and `heard` has the input. */
class FakeProgram extends Duplex {
  heard = ''
  override _read(): void {
    // `say` pushes the lines.
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.heard += chunk.toString()
    done()
  }
  say(...lines: (object | string)[]): void {
    for (const line of lines) this.push(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
  }
}

function setUp() {
  const program = new FakeProgram()
  const commands: string[] = []
  const containers = new Map<string, Container>()
  const state = Object.assign(new EventEmitter<{ change: [EngineChange] }>(), {
    containers,
    snapshot: () => undefined,
    refreshContainer: () => Promise.resolve(),
  })
  const container = { id, pid: 7, name: 'web', state: 'running' } as Container
  containers.set(id, container)
  const unused = () => Promise.reject(new Error('not used'))
  const isolation = new Isolation({
    link: {
      openCommand: (command) => {
        commands.push(command)
        return Promise.resolve(program)
      },
      exec: unused,
    },
    engine: {
      containers: {
        get: () => Promise.resolve(container),
        storage: () =>
          Promise.resolve({
            id,
            pid: 0,
            readOnly: false,
            layers: { upper: '/upper', work: '/work', lowers: ['/lower'] },
            mounts: [],
          }),
        limits: unused,
        setLimits: unused,
      },
      images: { details: unused },
    },
    state,
  })
  return { program, commands, containers, container, state, isolation }
}

test('merges the changed files of the cgroup, and names who shares a namespace', async () => {
  const { program, commands, isolation } = setUp()
  const events = isolation.watch(id, new AbortController().signal)
  program.say('ok', {
    type: 'cgroup',
    path: '/sys/fs/cgroup/docker/x',
    files: { 'memory.max': 'max%0A', 'memory.current': '5%0A', 'cpu.pressure': null },
  })
  expect((await events.next()).value).toMatchObject({ cgroup: { memory: { limit: null, current: 5 } } })
  program.say({ type: 'cgroup', path: '/sys/fs/cgroup/docker/x', files: { 'memory.max': '9%0A' } })
  expect((await events.next()).value).toMatchObject({ cgroup: { memory: { limit: 9, current: 5 } } })
  program.say({
    type: 'namespaces',
    machine: namespaces(1, 2, 3, 4, 5, 6, 7, 8),
    containers: [
      [id, namespaces(11, 2, 13, 14, 15, 6, 17, 0)],
      [other, namespaces(11, 22, 23, 24, 25, 6, 27, 0)],
    ],
  })
  const event = (await events.next()).value as Extract<IsolationEvent, { type: 'namespaces' }>
  const found = Object.fromEntries(event.namespaces.map((namespace) => [namespace.kind, namespace]))
  expect(found.pid).toMatchObject({ id: 11, machine: false, containers: [other] })
  expect(found.net).toMatchObject({ machine: true, containers: [] })
  expect(found.mnt).toMatchObject({ machine: false, containers: [] })
  // An unknown id is not shared.
  expect(found.time).toMatchObject({ id: 0, machine: false, containers: [] })
  expect(commands).toEqual([`/usr/lib/berth/isolation watch 7 ${id}`])
  program.push(null)
  expect((await events.next()).done).toBe(true)
})

test('tells the program which containers run, and only when that has changed', async () => {
  const { program, containers, container, state, isolation } = setUp()
  const events = isolation.watch(id, new AbortController().signal)
  program.say('ok', { type: 'mounts', text: '' })
  await events.next()
  expect(program.heard).toBe(`with 7 ${id}\n`)
  state.emit('change', { type: 'container', container })
  containers.set(other, { ...container, id: other, pid: 8 })
  state.emit('change', { type: 'container', container })
  expect(program.heard).toBe(`with 7 ${id}\nwith 7 ${id} 8 ${other}\n`)
  await events.return()
  expect(program.destroyed).toBe(true)
  expect(state.listenerCount('change')).toBe(0)
})

test('a reader that leaves ends the program without an error', async () => {
  const { program, isolation } = setUp()
  const leave = new AbortController()
  const events = isolation.watch(id, leave.signal)
  program.say('ok', { type: 'mounts', text: '' })
  await events.next()
  const last = events.next()
  leave.abort()
  expect((await last).done).toBe(true)
  expect(program.destroyed).toBe(true)
})

test.each([
  ['', 'isolation.unsupported'],
  ['error gone\n', 'container.not-running'],
  ['error usage\n', 'internal'],
])('the first line %j is the failure %s', async (line, code) => {
  const { program, isolation } = setUp()
  program.push(line)
  program.push(null)
  await expect(isolation.watch(id, new AbortController().signal).next()).rejects.toMatchObject({ code })
  expect(program.destroyed).toBe(true)
})

test.each([
  ...['{', '[]', '{"type":"rights"}', '{"type":"namespaces","machine":[1],"containers":[]}'],
  '{"type":"rights","status":"Uid:%090%090%090%090%0AGid:%090%090%090%090%0A","label":""}',
])('refuses the line %s of a hostile machine', async (line) => {
  const { program, isolation } = setUp()
  program.say('ok', line)
  await expect(isolation.watch(id, new AbortController().signal).next()).rejects.toMatchObject({
    code: 'internal',
  })
})

test('an abort ends the program that looks for a path or for changes', async () => {
  for (const ask of ['path', 'changes'] as const) {
    const { program, commands, isolation } = setUp()
    const leave = new AbortController()
    const answer =
      ask === 'path' ? isolation.path(id, '/x', leave.signal) : isolation.changes(id, leave.signal)
    program.say('ok')
    await vi.waitFor(() => {
      expect(program.readableFlowing).toBe(false)
    })
    leave.abort(new Error('left'))
    await expect(answer).rejects.toThrow('left')
    expect(program.destroyed).toBe(true)
    expect(commands).toEqual([expect.stringContaining(`isolation ${ask} layer=/upper layer=/lower`)])
  }
})

test('a call that is already aborted starts no program', async () => {
  const { commands, isolation } = setUp()
  await expect(isolation.changes(id, AbortSignal.abort(new Error('left')))).rejects.toThrow('left')
  expect(commands).toEqual([])
})

test('an answer is the line of the program, and its end without a line is a lost connection', async () => {
  const { signal } = new AbortController()
  const first = setUp()
  first.program.say('ok', { changes: [['A', 'f', 5, '/a b']], more: true })
  expect(await first.isolation.changes(id, signal)).toEqual({
    changes: [{ kind: 'added', type: 'file', size: 5, path: '/a%20b' }],
    more: true,
  })
  expect(first.program.destroyed).toBe(true)
  const second = setUp()
  second.program.say('ok')
  second.program.push(null)
  await expect(second.isolation.changes(id, signal)).rejects.toMatchObject({
    code: 'machine.connection-lost',
  })
})
