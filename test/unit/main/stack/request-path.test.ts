import { describe, expect, it } from 'vitest'
import { RequestPaths, type RequestPathOptions } from '../../../../src/main/stack/request-path'
import type { Container } from '../../../../src/shared/containers'
import type { MachinePhase } from '../../../../src/shared/machine'
import type { PortBinding, PortForward } from '../../../../src/shared/ports'
import type { HopKind } from '../../../../src/shared/stack'
import { container, network } from '../../renderer/support'
import { machineState } from '../../../support/fake-services'
import { machineProcess, output } from './support'

const binding: PortBinding = { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' }
const endpoint = {
  network: 'bridge',
  networkId: 'n1',
  ipv4: '172.17.0.2',
  ipv6: '',
  mac: '',
  aliases: [],
  dnsNames: [],
}
const web = container({ id: 'web', ports: [binding], networks: ['bridge'], endpoints: [endpoint], pid: 900 })
const open: PortForward = {
  containerId: 'web',
  binding,
  address: '127.0.0.1',
  state: 'open',
  toNetwork: false,
}
const sshForward = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 2222, guestPort: 22 } as const
const qemuForward = {
  protocol: 'tcp',
  hostAddress: '127.0.0.1',
  hostPort: 36745,
  guestAddress: '10.0.2.15',
  guestPort: 8080,
} as const

function paths(
  change: {
    containers?: Container[]
    forwards?: PortForward[]
    stdout?: string
    phase?: MachinePhase
    listed?: Awaited<ReturnType<RequestPathOptions['machine']['hostForward']['list']>>
  } = {},
) {
  const { containers = [web], forwards = [open], stdout = output, phase = 'running', listed = [] } = change
  const commands: string[] = []
  const notUsed = () => Promise.reject(new Error('not used'))
  const options: RequestPathOptions = {
    machine: {
      state: machineState(phase),
      process: machineProcess,
      hostForward: {
        list: () => Promise.resolve([sshForward, ...listed]),
        add: notUsed,
        remove: notUsed,
      },
    },
    link: {
      exec: (command: string) => {
        commands.push(command)
        return Promise.resolve({ code: 0, stdout, stderr: '' })
      },
    },
    state: {
      isOnline: phase === 'running',
      containers: new Map(containers.map((each) => [each.id, each])),
      networks: new Map([['n1', network({ id: 'n1', name: 'bridge' })]]),
    },
    ports: { forwards },
    owners: () => ({ process: () => Promise.resolve({ pid: process.pid, name: 'node' }) }),
  }
  const find = async (id = 'web', port: PortBinding | null = binding) => {
    const { hops } = await new RequestPaths(options).find({ id, port }, new AbortController().signal)
    return (kind: HopKind) => hops.find((hop) => hop.kind === kind)
  }
  return { find, commands }
}

describe('the path of a request', () => {
  it('leads from the browser to the process, with each name and address', async () => {
    const hop = await paths({ listed: [qemuForward] }).find()
    expect(hop('client')?.facts).toEqual({ url: 'http://localhost:8080', protocol: 'tcp' })
    expect(hop('listener')?.facts).toEqual({
      addresses: ['127.0.0.1', '::1'],
      port: 8080,
      process: { pid: process.pid, name: 'node', isBerth: true },
    })
    expect(hop('carrier')?.facts).toEqual({ by: 'qemu', pid: 4711, address: '127.0.0.1', port: 36745 })
    expect(hop('machine')?.facts).toEqual({ address: '10.0.2.15', port: 8080 })
    expect(hop('translation')?.facts).toMatchObject({ by: 'nat', address: '172.17.0.2', port: 80 })
    expect(hop('bridge')?.facts).toEqual({ name: 'docker0', addresses: ['172.17.0.1'], network: 'bridge' })
    expect(hop('veth')?.facts).toEqual({
      machine: { name: 'veth1a2b3c4', index: 5 },
      container: { name: 'eth0', index: 4, mac: '02:42:ac:11:00:02' },
    })
    expect(hop('namespace')?.facts).toMatchObject({ id: '4026532301', isMachines: false, sharedWith: [] })
    expect(hop('process')?.facts).toEqual({
      pid: 910,
      inner: 7,
      command: 'httpd -f',
      listens: { address: '0.0.0.0', port: 80 },
    })
  })

  it('has no port of QEMU before the first connection', async () => {
    expect((await paths().find())('carrier')?.facts).toMatchObject({ by: 'qemu', address: null, port: null })
  })

  it('says that nobody listens', async () => {
    const stdout = output.replace(/^process 910.*$/m, '')
    expect((await paths({ stdout }).find())('process')).toMatchObject({
      facts: null,
      absent: 'nobody-listens',
    })
  })

  it('goes over SSH and through the engine’s proxy to an IPv6 address', async () => {
    const ipv6 = { ...binding, hostIp: '::1' }
    const stdout = output.replace('-host-ip 0.0.0.0', '-host-ip ::1')
    const forwards = [{ ...open, binding: ipv6, address: '::1' }]
    const hop = await paths({ stdout, forwards }).find('web', ipv6)
    expect(hop('client')?.facts).toMatchObject({ url: 'http://[::1]:8080' })
    expect(hop('carrier')?.facts).toMatchObject({ by: 'ssh', port: 2222 })
    expect(hop('machine')?.facts).toEqual({ address: '::1', port: 8080 })
    expect(hop('translation')?.facts).toEqual({
      by: 'proxy',
      rule: null,
      pid: 950,
      address: '172.17.0.2',
      port: 80,
    })
  })

  it('takes the rule of the asked address', async () => {
    const local = { ...binding, hostIp: '127.0.0.2' }
    const rule =
      'rule -A DOCKER -d 127.0.0.2/32 ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.3:80\n'
    const forwards = [{ ...open, binding: local, address: '127.0.0.2' }]
    const hop = await paths({ stdout: output + rule, forwards }).find('web', local)
    expect(hop('translation')?.facts).toMatchObject({ address: '172.17.0.3' })
    expect((await paths({ stdout: rule + output }).find())('translation')?.facts).toMatchObject({
      address: '172.17.0.2',
    })
  })

  it('ends at the bridge without a published port', async () => {
    const { find, commands } = paths({ containers: [{ ...web, ports: [] }], forwards: [] })
    const hop = await find('web', null)
    for (const kind of ['client', 'listener', 'carrier', 'machine', 'translation'] as const)
      expect(hop(kind)).toMatchObject({ facts: null, absent: 'not-published' })
    expect(hop('bridge')?.facts).toMatchObject({ name: 'docker0' })
    expect(hop('process')?.facts).toEqual({ pid: 900, inner: 1, command: 'sh -c httpd -f', listens: null })
    expect(commands.join()).not.toContain('iptables')
  })

  it('has no bridge in the machine’s own network', async () => {
    const host = { ...web, networkMode: 'host', networks: ['host'], ports: [] }
    const stdout = output.replace('net:[4026532301]', 'net:[4026531840]').replace('@if5', '')
    const hop = await paths({ containers: [host], stdout }).find()
    for (const kind of ['translation', 'bridge', 'veth'] as const)
      expect(hop(kind)).toMatchObject({ facts: null, absent: 'host-network' })
    expect(hop('namespace')?.facts).toMatchObject({ isMachines: true, addresses: ['10.0.2.15'] })
  })

  it('names the containers that share the namespace, and uses the ports of its owner', async () => {
    const side = container({ id: 'side', name: 'side', networkMode: 'container:web', pid: 901 })
    const hop = await paths({ containers: [web, side] }).find('side')
    expect(hop('listener')?.facts).toMatchObject({ port: 8080 })
    expect(hop('namespace')?.facts).toMatchObject({ sharedWith: ['web'] })
  })

  it('names the reason for a port that is not open', async () => {
    const error = { code: 'port.taken' as const, params: {} }
    const failed = await paths({ forwards: [{ ...open, state: 'failed', error }] }).find()
    expect(failed('listener')).toMatchObject({ absent: 'not-open' })
    expect(failed('translation')).toMatchObject({ absent: 'not-open' })
    expect(failed('process')?.facts).not.toBeNull()
    const sctp = await paths().find('web', { ...binding, protocol: 'sctp' })
    expect(sctp('carrier')).toMatchObject({ absent: 'sctp' })
  })

  it('asks nothing of a container or machine that does not run', async () => {
    const stopped = paths({ containers: [{ ...web, state: 'exited', pid: 0 }], forwards: [] })
    expect((await stopped.find())('process')).toMatchObject({ absent: 'not-running' })
    const off = paths({ phase: 'stopped', forwards: [] })
    expect((await off.find())('bridge')).toMatchObject({ absent: 'machine-off' })
    const paused = paths({ phase: 'paused' })
    const hop = await paused.find()
    expect(hop('bridge')).toMatchObject({ absent: 'paused' })
    expect(hop('listener')?.facts).toMatchObject({ port: 8080 })
    expect([...stopped.commands, ...off.commands, ...paused.commands]).toEqual([])
  })

  it('is refused for an unknown container, and unreadable if the process has ended', async () => {
    await expect(paths().find('nobody')).rejects.toMatchObject({ code: 'container.not-found' })
    expect((await paths({ stdout: '' }).find())('bridge')).toMatchObject({ absent: 'unreadable' })
  })
})
