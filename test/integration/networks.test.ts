import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { NetworkActions, ReachTest } from '../../src/main/networks'
import type { CreateNetwork } from '../../src/shared/networks'
import type { ReachReport, ReachRequest } from '../../src/shared/reach'
import { hasDockerCli } from '../support/docker-cli'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'

const plain: Omit<CreateNetwork, 'name'> = {
  driver: 'bridge',
  subnets: [],
  internal: false,
  attachable: false,
  ipv6: false,
  options: [],
  labels: [],
}

describe.runIf(hasDockerCli)('networks', () => {
  let fixture: EngineFixture
  let actions: NetworkActions
  let reach: ReachTest

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    const { engine, state, machine } = fixture
    actions = new NetworkActions({ engine, state })
    reach = new ReachTest({ link: machine.link, engine })
  })
  afterEach(() => fixture.clear())
  afterAll(() => fixture.close())

  function named(name: string) {
    return [...fixture.state.networks.values()].find((network) => network.name === name)
  }
  /** Runs a container with the Docker CLI. Returns its id. */
  function run(name: string, network: string, ...command: string[]): Promise<string> {
    return fixture.docker.run('run', '-d', '--name', name, '--network', network, busybox, ...command)
  }
  function attempt(from: string, to: ReachRequest['to'], port: number | null = 80): Promise<ReachReport> {
    return reach.try({ from, to, port }, AbortSignal.timeout(60_000))
  }

  it('appear and disappear with the events of the Docker CLI', async () => {
    expect(['bridge', 'host', 'none'].map((name) => named(name)?.driver)).toEqual(['bridge', 'host', 'null'])
    const snapshots = fixture.changes.filter(({ type }) => type === 'snapshot').length
    const id = await fixture.docker.run('network', 'create', '--internal', '--label', 'a=b', 'quiet')
    await fixture.changed((event) => event.type === 'network' && event.network.id === id)
    expect(named('quiet')).toMatchObject({ internal: true, driver: 'bridge', labels: { a: 'b' } })
    await fixture.docker.run('network', 'rm', 'quiet')
    await fixture.changed((event) => event.type === 'network-removed' && event.id === id)
    expect(fixture.changes.filter(({ type }) => type === 'snapshot')).toHaveLength(snapshots)
  })

  it('are refused with a reason if their name or subnet is taken, before the engine is asked', async () => {
    const subnets = [{ subnet: '172.30.5.0/24', gateway: '172.30.5.254', range: '172.30.5.128/25' }]
    const labels = [{ name: 'owner', value: 'a=b "c"' }]
    await actions.create({ ...plain, name: 'front', subnets, labels })
    await eventually(() => named('front')?.subnets).toEqual(subnets)
    expect(named('front')?.labels).toEqual({ owner: 'a=b "c"' })
    const second = (name: string, subnet: string) =>
      actions.create({ ...plain, name, subnets: [{ subnet, gateway: '', range: '' }] })
    await expect(second('front', '172.31.0.0/24')).rejects.toMatchObject({ code: 'network.name-taken' })
    await expect(second('back', '172.30.0.0/16')).rejects.toMatchObject({
      code: 'network.overlaps',
      params: { subnet: '172.30.0.0/16', other: 'front (172.30.5.0/24)' },
    })
    await expect(second('back', '10.0.0.0/8')).rejects.toMatchObject({ code: 'network.overlaps-machine' })
    const taken = { ...plain, name: 'late', subnets: [{ subnet: '172.30.5.0/25', gateway: '', range: '' }] }
    await expect(fixture.engine.networks.create(taken)).rejects.toMatchObject({
      code: 'network.pool-overlaps',
    })
    await expect(actions.remove(named('bridge')?.id ?? '')).rejects.toMatchObject({
      code: 'network.predefined',
    })
  })

  it('give a connected container its alias and address, and a failed connect leaves nothing behind', async () => {
    const subnets = [{ subnet: '172.30.5.0/24', gateway: '', range: '' }]
    const { id: network } = await actions.create({ ...plain, name: 'front', subnets })
    const client = await run('client', 'front', 'sleep', '10000')
    const server = await run('server', 'bridge', 'sleep', '10000')
    const request = { network, container: server, aliases: [], ipv6: '' }
    await expect(actions.connect({ ...request, ipv4: '172.31.0.9' })).rejects.toMatchObject({
      code: 'network.address-outside',
    })
    await expect(actions.connect({ ...request, ipv4: '172.30.5.2' })).rejects.toMatchObject({
      code: 'network.address-taken',
    })
    expect(await fixture.engine.containers.inspect(server)).not.toContain('"front"')

    await actions.connect({ ...request, aliases: ['store'], ipv4: '172.30.5.77' })
    const endpoint = fixture.state.containers
      .get(server)
      ?.endpoints.find((each) => each.networkId === network)
    expect(endpoint).toMatchObject({ network: 'front', ipv4: '172.30.5.77', aliases: ['store'] })
    expect(await fixture.docker.run('exec', 'client', 'nslookup', 'store')).toContain('172.30.5.77')
    await expect(actions.connect({ ...request, ipv4: '' })).rejects.toMatchObject({
      code: 'network.already-connected',
    })
    await expect(actions.remove(network)).rejects.toMatchObject({
      code: 'network.in-use',
      params: { network: 'front', containers: 'client, server' },
    })
    await actions.disconnect({ network, container: server })
    expect(fixture.state.containers.get(server)?.endpoints.map((each) => each.network)).toEqual(['bridge'])
    await fixture.engine.containers.remove(client, { force: true, volumes: true })
  })

  it('are pruned only if no container uses them, not even a stopped one', async () => {
    await actions.create({ ...plain, name: 'spare' })
    await actions.create({ ...plain, name: 'resting' })
    await fixture.docker.run('create', '--name', 'later', '--network', 'resting', busybox, 'true')
    expect(await actions.prune()).toEqual({ removed: ['spare'] })
    await fixture.docker.run('start', '-a', 'later')
  })

  it('“can A reach B?” names the step that failed', async () => {
    await fixture.docker.run('network', 'create', 'front')
    const client = await run('client', 'front', 'sleep', '10000')
    const server = { kind: 'container', id: await run('server', 'front', 'httpd', '-f') } as const
    const selfish = {
      kind: 'container',
      id: await run('selfish', 'front', 'httpd', '-f', '-p', '127.0.0.1:80'),
    } as const
    const apart = { kind: 'container', id: await run('apart', 'bridge', 'httpd', '-f') } as const

    const reached = await attempt(client, server)
    expect(reached.verdict).toBe('reached')
    expect(reached.steps).toMatchObject([
      { step: 'networks', common: ['front'] },
      { step: 'resolve', name: 'server', server: '127.0.0.11', outcome: 'found' },
      { step: 'connect', port: 80, outcome: 'reached' },
    ])
    expect((await attempt(client, server, null)).verdict).toBe('reached')
    const refused = await attempt(client, server, 81)
    expect(refused.verdict).toBe('refused-nobody')
    expect(refused.steps.at(-1)).toMatchObject({ step: 'listening', outcome: 'nobody', ports: [80] })
    const loopback = await attempt(client, selfish)
    expect(loopback.verdict).toBe('refused-loopback')
    expect(loopback.steps.at(-1)).toMatchObject({ outcome: 'loopback', addresses: ['127.0.0.1'] })
    const separate = await attempt(client, apart)
    expect(separate.verdict).toBe('separate-networks')
    expect(separate.steps.at(-1)).toMatchObject({ step: 'connect', outcome: 'timeout' })
    expect((await attempt(client, { kind: 'host', name: 'nobody-has-this-name' })).verdict).toBe(
      'name-unknown',
    )
    const quote = await attempt(client, { kind: 'host', name: "a';reboot;'" })
    expect(quote).toMatchObject({ verdict: 'name-unknown', steps: [{ server: '', outcome: 'not-found' }] })
    await fixture.engine.containers.stop(server.id, 0)
    expect((await attempt(client, server)).verdict).toBe('target-stopped')
    await expect(attempt(server.id, apart)).rejects.toMatchObject({ code: 'container.not-running' })
  })
})
