import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { EngineFixture, eventually, localVolume, wholeLines } from '../support/engine-fixture'

describe('volumes', () => {
  let fixture: EngineFixture

  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterEach(() => fixture.clear())
  afterAll(() => fixture.close())

  const data = { volume: 'data', path: '/data', readOnly: false }

  /** Waits until a container has ended. Returns the lines that it has printed. */
  async function output(id: string): Promise<string[]> {
    const lines: string[] = []
    for await (const batch of fixture.engine.containers.logs(id, { tail: 100, follow: true }))
      lines.push(...wholeLines(batch))
    return lines
  }

  it('keep the data of one container for the next container', async () => {
    const first = await fixture.run({ command: ['sh', '-c', 'echo kept > /data/file'], volumes: [data] })
    await eventually(() => fixture.state.containers.get(first.id)?.state).toBe('exited')
    await fixture.engine.containers.remove(first.id, { force: false, volumes: true })
    const second = await fixture.run({ command: ['cat', '/data/file'], volumes: [data] })
    expect(await output(second.id)).toEqual(['kept'])
    expect(fixture.state.containers.get(second.id)?.mounts).toEqual([
      { type: 'volume', source: 'data', destination: '/data', readOnly: false },
    ])
  })

  it('can be mounted read-only', async () => {
    const { id } = await fixture.run({
      command: ['sh', '-c', 'touch /data/file || echo refused'],
      volumes: [{ ...data, readOnly: true }],
    })
    expect(await output(id)).toContain('refused')
  })

  it('can be created, listed and removed', async () => {
    const { volumes } = fixture.engine
    await volumes.create(localVolume('data'))
    await eventually(() => fixture.state.volumes.get('data')).toMatchObject({
      driver: 'local',
      anonymous: false,
    })
    await expect(volumes.create(localVolume('data'))).rejects.toMatchObject({ code: 'volume.name-taken' })
    await volumes.remove('data')
    await eventually(() => fixture.state.volumes.has('data')).toBe(false)
    await expect(volumes.remove('data')).rejects.toMatchObject({
      code: 'volume.not-found',
      params: { volume: 'data' },
    })
  })

  it('cannot be removed while a container uses them, even if the container is stopped', async () => {
    const { id } = await fixture.run({ name: 'user', command: ['true'], volumes: [data] })
    await eventually(() => fixture.state.containers.get(id)?.state).toBe('exited')
    await expect(fixture.engine.volumes.remove('data')).rejects.toMatchObject({
      code: 'volume.in-use',
      params: { volume: 'data', containers: 'user' },
    })
  })

  it('are pruned only if no container uses them', async () => {
    await fixture.engine.volumes.create(localVolume('unused'))
    await fixture.run({ volumes: [data] })
    expect((await fixture.engine.volumes.prune()).removed).toEqual(['unused'])
    await eventually(() => [...fixture.state.volumes.keys()]).toEqual(['data'])
  })
})
