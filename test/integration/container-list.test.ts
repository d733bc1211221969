import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { extract } from 'tar-stream'
import { BulkActions } from '../../src/main/containers/bulk-actions'
import { ContainerActions } from '../../src/main/containers/container-actions'
import type { Outcome } from '../../src/main/sessions/source'
import { openAttachedTerminal } from '../../src/main/terminals/attached-terminal'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'

describe('the list of containers', () => {
  let fixture: EngineFixture
  let actions: ContainerActions
  let bulk: BulkActions

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    const { engine, state, ports, mounts } = fixture
    const dockerCli = { configFolder: '/nowhere', dockerHost: 'unix:///nowhere/docker.sock' }
    actions = new ContainerActions({ engine, state, ports, mounts, dockerCli })
    bulk = new BulkActions({ actions, engine })
  })
  afterEach(() => fixture.clear())
  afterAll(() => fixture.close())

  const stateOf = (id: string) => fixture.state.containers.get(id)?.state

  it('stops, starts, pauses and removes several containers, and reports the one that fails', async () => {
    const volumes = [
      { volume: '', path: '/anonymous', readOnly: false },
      { volume: 'kept', path: '/named', readOnly: false },
    ]
    const { id: a } = await fixture.run({ name: 'one', volumes })
    const { id: b } = await fixture.run({ name: 'two' })
    expect(await bulk.run('pause', [a, b, 'nobody'])).toMatchObject({
      failures: [{ id: 'nobody', error: { code: 'container.not-found' } }],
    })
    await eventually(() => [stateOf(a), stateOf(b)]).toEqual(['paused', 'paused'])
    expect((await bulk.run('unpause', [a, b])).failures).toEqual([])
    expect((await bulk.run('stop', [a, b])).done.sort()).toEqual([a, b].sort())
    await eventually(() => [stateOf(a), stateOf(b)]).toEqual(['exited', 'exited'])
    expect((await bulk.run('start', [a])).failures).toEqual([])
    expect(stateOf(a)).toBe('running')
    expect(await bulk.run('remove', [a, b])).toMatchObject({ failures: [] })
    await eventually(() => fixture.state.containers.size).toBe(0)
    expect((await fixture.engine.volumes.list()).map(({ name }) => name)).toEqual(['kept'])
  })

  it('measures stopped containers, frees what it measured, and keeps a container that has started again', async () => {
    const script = 'head -c 3000000 /dev/zero > /big; sleep 0.1'
    const { id: full } = await fixture.run({ name: 'full', command: ['sh', '-c', script] })
    const { id: again } = await fixture.run({
      name: 'again',
      command: ['sh', '-c', 'trap "exit" TERM; sleep 1 & wait'],
    })
    await eventually(() => [stateOf(full), stateOf(again)]).toEqual(['exited', 'exited'])
    const stopped = await fixture.engine.containers.stopped()
    expect(stopped.map(({ name }) => name).sort()).toEqual(['again', 'full'])
    expect(stopped.find(({ id }) => id === full)?.bytes).toBeGreaterThanOrEqual(3_000_000)
    await fixture.docker.run('update', '--restart', 'always', 'again')
    await actions.start(again)
    const pruned = await bulk.prune([full, again])
    expect(pruned.done).toEqual([full])
    expect(pruned.failures.map(({ id }) => id)).toEqual([again])
    expect(pruned.bytes).toBeGreaterThanOrEqual(3_000_000)
    expect(await fixture.docker.run('ps', '-a', '--format', '{{.Names}}')).toBe('again')
  })

  it('renames a container, sends it a signal, exports its files and makes an image from it', async () => {
    const script = 'trap "echo got it > /note; sync" USR1; echo ready > /ready; while :; do sleep 0.1; done'
    const { id } = await fixture.run({ name: 'before', command: ['sh', '-c', script] })
    await actions.rename(id, 'after')
    await eventually(() => fixture.state.containers.get(id)?.name).toBe('after')
    await expect(actions.rename(id, 'after')).rejects.toMatchObject({ code: 'engine.error' })
    await eventually(() => fixture.docker.run('exec', 'after', 'ls', '/')).toContain('ready')
    await actions.kill(id, 'SIGUSR1')
    await eventually(() => fixture.docker.run('exec', 'after', 'ls', '/')).toContain('note')

    const files = new Map<string, string>()
    const archive = extract()
    const exported = await fixture.engine.containers.export(id)
    for await (const entry of exported.pipe(archive)) {
      const hash = createHash('sha256')
      for await (const chunk of entry) hash.update(chunk as Buffer)
      files.set(entry.header.name, hash.digest('hex'))
    }
    expect(files.get('note')).toBe(createHash('sha256').update('got it\n').digest('hex'))

    const { imageId } = await actions.commit(id, {
      reference: 'me/committed:1',
      message: 'a <b> & c',
      author: '홍길동',
      changes: ['CMD ["cat", "/note"]', 'ENV MODE="a b"'],
      pause: true,
    })
    await fixture.changed((event) => event.type === 'image' && event.image.id === imageId)
    expect(await fixture.docker.run('run', '--rm', 'me/committed:1')).toBe('got it')
    const format = '{{.Comment}}|{{.Author}}|{{.Config.Env}}'
    expect(await fixture.docker.run('inspect', '-f', format, 'me/committed:1')).toContain(
      'a <b> & c|홍길동|[MODE=a b',
    )
    await expect(
      actions.commit('nobody', { reference: 'x', message: '', author: '', changes: [], pause: false }),
    ).rejects.toMatchObject({ code: 'container.not-found' })
  })

  it('starts a container attached: its output from the first byte, its exit code, and input for a terminal', async () => {
    const open = async (name: string, tty: boolean, command: string[]) => {
      await fixture.docker.run('create', ...(tty ? ['-t', '-i'] : []), '--name', name, busybox, ...command)
      const { id } = await fixture.engine.containers.get(name)
      const source = await openAttachedTerminal({
        containers: fixture.engine.containers,
        containerId: id,
        size: { columns: 91, rows: 17 },
        start: () => actions.start(id),
      })
      let text = ''
      const ended = new Promise<Outcome>((resolve) => {
        source.start({
          payload: () => undefined,
          bytes: (chunk) => (text += Buffer.from(chunk).toString()),
          end: resolve,
        })
      })
      return { id, source, ended, text: () => text }
    }
    const plain = await open('plain', false, ['sh', '-c', 'echo first; echo second >&2; exit 7'])
    expect(await plain.ended).toEqual({ exitCode: 7, error: null })
    expect(plain.text().split('\r\n').sort()).toEqual(['', 'first', 'second'])

    const terminal = await open('terminal', true, [
      'sh',
      '-c',
      'read line; stty size; echo "got $line"; exit 3',
    ])
    terminal.source.write('한글\r')
    expect(await terminal.ended).toEqual({ exitCode: 3, error: null })
    expect(terminal.text()).toContain('17 91')
    expect(terminal.text()).toContain('got 한글')

    const detached = await open('detached', false, ['sleep', '1000'])
    await detached.source.close()
    expect(await detached.ended).toEqual({ exitCode: null, error: null })
    expect((await fixture.engine.containers.get(detached.id)).state).toBe('running')
    await expect(open('broken', false, ['/no/such'])).rejects.toMatchObject({
      code: 'container.start-failed',
    })
  })
})
