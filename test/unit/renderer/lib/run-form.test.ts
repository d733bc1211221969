import { describe, expect, it } from 'vitest'
import type { PortInput } from '../../../../src/renderer/lib/port-ranges'
import { emptyRunForm, formOf, toRunRequest, type RunForm } from '../../../../src/renderer/lib/run-form'
import { completeSpec } from '../../../../src/shared/run'
import { request } from './run-request'

function port(change: Partial<PortInput> = {}): PortInput {
  return { hostPort: '5000', containerPort: '8080', protocol: 'tcp', reach: 'computer', ...change }
}
function problems(change: Partial<RunForm>): Record<string, string> {
  const result = toRunRequest({ ...emptyRunForm('demo:latest'), ...change })
  return 'problems' in result ? result.problems : {}
}

describe('toRunRequest', () => {
  it('returns the values of the form as a request, and trims the image and the host path but not a variable', () => {
    const result = toRunRequest({
      ...emptyRunForm(),
      image: ' demo:latest ',
      name: 'web',
      command: 'sh -c "httpd -f"',
      environment: [{ name: 'GREETING', value: ' hi there ' }],
      ports: [port(), port({ hostPort: '53', containerPort: '53', protocol: 'udp', reach: 'network' })],
      volumes: [{ volume: 'site', path: '/srv', readOnly: true }],
      binds: [{ hostPath: ' ~/app ', path: '/usr/src/app', readOnly: false }],
      autoRemove: true,
      tty: false,
    })
    expect(result).toMatchObject({
      request: {
        image: 'demo:latest',
        name: 'web',
        command: ['sh', '-c', 'httpd -f'],
        environment: [{ name: 'GREETING', value: ' hi there ' }],
        ports: [
          { hostIp: '', hostPort: 5000, containerPort: 8080, protocol: 'tcp' },
          { hostIp: '0.0.0.0', hostPort: 53, containerPort: 53, protocol: 'udp' },
        ],
        volumes: [{ volume: 'site', path: '/srv', readOnly: true }],
        binds: [{ hostPath: '~/app', path: '/usr/src/app', readOnly: false }],
        autoRemove: true,
        tty: false,
      },
    })
  })

  it('publishes each port of a range', () => {
    const ports = [port({ hostPort: '8000-8002', containerPort: '80 - 82' })]
    expect(toRunRequest({ ...emptyRunForm('demo'), ports })).toMatchObject({
      request: {
        ports: [
          { hostPort: 8000, containerPort: 80 },
          { hostPort: 8001, containerPort: 81 },
          { hostPort: 8002, containerPort: 82 },
        ],
      },
    })
  })

  it('reports the problem of a port range at the row of the range', () => {
    const wrong = (hostPort: string, containerPort: string) =>
      problems({ ports: [port({ hostPort: '1', containerPort: '1' }), port({ hostPort, containerPort })] })
    expect(wrong('8000-8002', '80')).toEqual({ 'ports.1.containerPort': 'rangeLength' })
    expect(wrong('8002-8000', '80-82')).toEqual({ 'ports.1.hostPort': 'port' })
    expect(wrong('65535-65536', '80-81')).toEqual({ 'ports.1.hostPort': 'port' })
    expect(wrong('1000-3000', '1000-3000')).toEqual({ 'ports.1.hostPort': 'tooManyPorts' })
    expect(wrong('1-3', '1-3')).toEqual({ 'ports.1.hostPort': 'duplicatePort' })
    expect(wrong('8000-', '80')).toEqual({ 'ports.1.hostPort': 'port' })
  })

  it('omits an empty name and returns an empty command, so that the engine and the image provide them', () => {
    const result = toRunRequest(emptyRunForm('demo'))
    expect(result).toMatchObject({ request: { command: [] } })
    expect('request' in result && 'name' in result.request).toBe(false)
  })

  it('skips empty rows', () => {
    const form = {
      ...emptyRunForm('demo'),
      ports: [port({ hostPort: '', containerPort: '' })],
      volumes: [{ volume: '', path: '', readOnly: true }],
      environment: [{ name: '', value: '' }],
    }
    expect(toRunRequest(form)).toMatchObject({ request: { ports: [], volumes: [], environment: [] } })
  })

  it.each([
    ['', 'image.empty'],
    ['Demo', 'image.upper-case'],
    ['de mo', 'image.grammar'],
    ['a'.repeat(400), 'image.too-long'],
  ])('refuses the image %j', (image, key) => {
    expect(problems({ image })).toEqual({ image: key })
  })

  it.each(['-web', 'a', 'web!', 'we b'])('refuses the name %j', (name) => {
    expect(problems({ name })).toEqual({ name: 'name' })
  })

  it.each(['65536', '80.5', '-1', '1e3', 'http'])('refuses the host port %j', (hostPort) => {
    expect(problems({ ports: [port({ hostPort })] })).toEqual({ 'ports.0.hostPort': 'port' })
  })

  it('counts empty rows in the row number of a problem', () => {
    const empty = port({ hostPort: '', containerPort: '' })
    expect(problems({ ports: [empty, port({ containerPort: 'x' })] })).toEqual({
      'ports.1.containerPort': 'port',
    })
  })

  it('refuses a host port that is listed twice for one protocol and one address', () => {
    expect(problems({ ports: [port(), port({ containerPort: '81' })] })).toEqual({
      'ports.1.hostPort': 'duplicatePort',
    })
    expect(problems({ ports: [port(), port({ protocol: 'udp' })] })).toEqual({})
  })

  it('refuses a relative path, a duplicate path, and an invalid volume name', () => {
    const row = { volume: 'data', path: '/data', readOnly: false }
    expect(problems({ volumes: [{ ...row, path: 'data' }] })).toEqual({ 'volumes.0.path': 'path' })
    expect(problems({ volumes: [row, { ...row, volume: 'other' }] })).toEqual({
      'volumes.1.path': 'duplicatePath',
    })
    expect(problems({ volumes: [{ ...row, volume: '/host' }] })).toEqual({ 'volumes.0.volume': 'volume' })
  })

  it('refuses a variable whose name is empty or contains a space or an equals sign', () => {
    for (const name of ['', 'A B', 'A=B'])
      expect(problems({ environment: [{ name, value: 'x' }] })).toEqual({
        'environment.0.name': 'environmentName',
      })
  })

  it('refuses a text of variables that is not taken over yet', () => {
    expect(problems({ environmentText: 'A=1\nB 2' })).toEqual({ environmentText: 'environmentText' })
  })

  it('reports an unclosed quote together with the other problems', () => {
    expect(problems({ command: 'echo "hi', name: '-' })).toEqual({
      command: 'command.unclosed-quote',
      name: 'name',
    })
  })
})

describe('a whole form', () => {
  it('turns a container’s settings into the same settings', () => {
    const result = toRunRequest(formOf(request))
    expect('request' in result && completeSpec(result.request)).toEqual(completeSpec(request))
  })

  it('marks the field of each wrong value', () => {
    const result = toRunRequest({
      ...formOf(request),
      entrypoint: '"open',
      memory: '1m',
      cpus: 'many',
      dns: '1.1.1.1 nobody',
      networks: [
        { network: '', aliases: '', ipv4: '', ipv6: '' },
        { network: 'host', aliases: 'a=b', ipv4: 'x', ipv6: '' },
        { network: 'back', aliases: '', ipv4: '', ipv6: '' },
      ],
      restart: { policy: 'always', retries: '' },
      autoRemove: true,
      logging: { driver: '', options: [{ name: 'a b', value: '' }] },
      devices: [{ source: 'fuse', path: '', permissions: 'x' }],
    })
    expect('problems' in result && result.problems).toEqual({
      entrypoint: 'command.unclosed-quote',
      memory: 'memory',
      cpus: 'cpus',
      dns: 'address',
      'networks.1.aliases': 'alias',
      'networks.1.ipv4': 'address',
      'devices.0.source': 'device',
      'devices.0.path': 'device',
      'devices.0.permissions': 'permissions',
      'logging.options.0.name': 'logOption',
    })
    const whole = toRunRequest({
      ...formOf(request),
      restart: { policy: 'always', retries: '' },
      autoRemove: true,
    })
    expect('problems' in whole && whole.problems).toEqual({ 'restart.policy': 'restartAutoRemove' })
  })

  it('lets the engine choose a host port if the field is empty', () => {
    const ports = [{ hostPort: '', containerPort: '80-81', protocol: 'tcp' as const, reach: 'computer' }]
    const result = toRunRequest({ ...emptyRunForm('app'), ports })
    expect('request' in result && result.request.ports.map(({ hostPort }) => hostPort)).toEqual([0, 0])
  })
})
