import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { EngineFixture, eventually } from '../support/engine-fixture'
import { freePort } from '../support/registry'

describe('a lost connection', () => {
  let fixture: EngineFixture

  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterEach(() => fixture.clear())
  afterAll(() => fixture.close())

  const types = () => fixture.changes.map(({ type }) => type)

  /** Ends the SSH connections from inside the machine, as a network that breaks would; its listener stays. */
  async function breakConnections(): Promise<void> {
    const down = new Promise<void>((resolve) => fixture.machine.link.once('down', resolve))
    // The command's own session ends with them: that is no failure here.
    await fixture.machine.link
      .exec('for p in $(pgrep -x sshd-session); do [ "$p" != "$$" ] && kill -9 "$p"; done')
      .catch(() => undefined)
    await down
  }

  it('of SSH costs a resync and nothing else', async () => {
    const port = await freePort()
    const { id } = await fixture.run({
      name: 'witness',
      command: ['sh', '-c', 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.2; done'],
      ports: [{ hostIp: '', hostPort: port, containerPort: 8080, protocol: 'tcp' }],
    })
    const logs = fixture.engine.containers.logs(id, { tail: 100, follow: true })
    const numbers: number[] = []
    const more = async () => {
      const { value } = await logs.next()
      numbers.push(...(value ?? []).map(({ text }) => Number(text)))
    }
    await more()
    fixture.changes.length = 0
    await breakConnections()
    await fixture.changed((event) => event.type === 'snapshot')
    expect(types().slice(0, 2)).toEqual(['offline', 'snapshot'])
    expect(fixture.state.containers.get(id)).toMatchObject({ name: 'witness', state: 'running' })
    expect(fixture.ports.forwards).toMatchObject([{ containerId: id, state: 'open' }])

    // The log goes on where it was: nothing that the container wrote meanwhile is missing.
    const seen = numbers.length
    while (numbers.length < seen + 10) await more()
    await logs.return()
    expect(numbers).toEqual(numbers.map((_, index) => index))
  })

  it('of SSH hides no change that happened meanwhile', async () => {
    const { id } = await fixture.run({ name: 'short', command: ['sleep', '3'] })
    fixture.changes.length = 0
    await breakConnections()
    await eventually(() => fixture.state.snapshot()?.containers.find((each) => each.id === id)?.state).toBe(
      'exited',
    )
  })

  it('of the engine, which its supervisor starts again, ends in a new snapshot', async () => {
    const { id } = await fixture.run({ name: 'web' })
    fixture.changes.length = 0
    await fixture.machine.link.exec('kill -9 $(pgrep -x dockerd)')
    await fixture.changed((event) => event.type === 'offline')
    await fixture.changed((event) => event.type === 'snapshot')
    expect(fixture.state.containers.get(id)?.name).toBe('web')
    const { id: next } = await fixture.run({ name: 'next' })
    expect(fixture.state.containers.get(next)?.state).toBe('running')
  })

  it('of containerd, which its supervisor starts again, leaves containers running and lets new ones start', async () => {
    const { id } = await fixture.run({ name: 'survivor' })
    await fixture.machine.link.exec('kill -9 $(pgrep -x containerd)')
    const { link } = fixture.machine
    const running = async () => (await link.exec('pgrep -x containerd')).stdout.trim()
    await eventually(running).not.toBe('')
    await eventually(async () =>
      fixture.run({ autoRemove: true, command: ['true'] }).then(
        () => 'runs',
        (error: unknown) => String(error),
      ),
    ).toBe('runs')
    expect((await fixture.engine.containers.find(id))?.state).toBe('running')
  })
})
