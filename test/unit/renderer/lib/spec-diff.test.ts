import { describe, expect, it } from 'vitest'
import { variablesText } from '../../../../src/renderer/lib/env-text'
import { pastedVariables } from '../../../../src/renderer/lib/pasted-rows'
import { emptyRunForm, formOf, toRunRequest } from '../../../../src/renderer/lib/run-form'
import { hasProblem, valuesIn } from '../../../../src/renderer/lib/run-sections'
import { specDiff } from '../../../../src/renderer/lib/spec-diff'
import { isOutdated, tagOwners } from '../../../../src/shared/outdated'
import { completeSpec, type RunRequest } from '../../../../src/shared/run'
import { joinShellWords, splitShellWords } from '../../../../src/shared/shell-words'
import { parseSize, writeSize } from '../../../../src/shared/sizes'

const words = { on: 'on', off: 'off', none: 'default' }
const request: RunRequest = {
  image: 'app:1',
  name: 'web',
  command: ['sh', '-c', 'echo "it\'s" $A'],
  environment: [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ],
  ports: [{ hostIp: '', hostPort: 80, containerPort: 8080, protocol: 'tcp' }],
  volumes: [{ volume: 'data', path: '/data', readOnly: true }],
  binds: [{ hostPath: '/src', path: '/src', readOnly: false }],
  tmpfs: [{ path: '/scratch', size: 1024 }],
  autoRemove: false,
  tty: false,
  openStdin: true,
  restart: { policy: 'on-failure', retries: 2 },
  cpus: 1.5,
  memory: 512 * 1024 ** 2,
  pids: 10,
  health: { kind: 'command', command: 'true', interval: 0.5, timeout: 0, startPeriod: 0, retries: 0 },
  labels: [{ name: 'l', value: '' }],
  networks: [{ network: 'back', aliases: ['a', 'b'], ipv4: '10.0.0.9', ipv6: '' }],
  extraHosts: [{ name: 'h', address: 'host-gateway' }],
  dns: ['1.1.1.1', '::1'],
  capAdd: ['NET_ADMIN'],
  capDrop: ['ALL'],
  devices: [{ source: '/dev/fuse', path: '/dev/fuse', permissions: 'rwm' }],
  logging: { driver: 'local', options: [{ name: 'max-size', value: '1m' }] },
}

describe('specDiff', () => {
  it('names only the entries that go and come', () => {
    const after: RunRequest = {
      ...request,
      name: 'site',
      environment: [
        { name: 'A', value: '1' },
        { name: 'B', value: '3' },
      ],
      ports: [...request.ports, { hostIp: '::1', hostPort: 0, containerPort: 53, protocol: 'udp' }],
      memory: 0,
      init: true,
    }
    const diff = specDiff(request, after, words)
    expect(new Map(diff.map(({ field, removed, added }) => [field, [removed, added]]))).toEqual(
      new Map([
        ['name', [['web'], ['site']]],
        ['environment', [['B=2'], ['B=3']]],
        ['ports', [[], ['[::1]:* → 53/udp']]],
        ['memory', [['512m'], ['default']]],
        ['init', [['off'], ['on']]],
      ]),
    )
  })

  it('has no lines for a list in another order', () => {
    const after = { ...request, environment: request.environment.toReversed() }
    expect(specDiff(request, after, words)).toEqual([{ field: 'environment', removed: [], added: [] }])
    expect(specDiff(request, request, words)).toEqual([])
  })
})

describe('the form', () => {
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

  it('counts the values of a folded section, and finds its problems', () => {
    expect(valuesIn('networks', formOf(request))).toBe(3)
    expect(valuesIn('networks', emptyRunForm('app'))).toBe(0)
    expect(hasProblem('networks', ['networks.0.ipv4'])).toBe(true)
    expect(hasProblem('limits', ['networks.0.ipv4'])).toBe(false)
  })
})

describe('texts that are read and written', () => {
  it.each([[['a']], [['sh', '-c', 'it\'s "$HOME" \\ x\ny']], [['', '*']]])(
    'splits what it joins: %j',
    (list) => {
      expect(splitShellWords(joinShellWords(list))).toEqual({ words: list })
    },
  )

  it.each([0, 1, 1023, 1024, 1536, 512 * 1024 ** 2, 3 * 1024 ** 3, 6_291_457])(
    'reads the size %d again',
    (bytes) => {
      expect(parseSize(writeSize(bytes))).toBe(bytes)
    },
  )

  it('reads its own .env text again', () => {
    const variables = ['plain', ' spaces ', 'a "quote" # hash', 'two\nlines', '\\n', ''].map(
      (value, index) => ({
        name: `V${String(index)}`,
        value,
      }),
    )
    expect(pastedVariables(variablesText(variables))).toEqual(variables)
  })
})

describe('isOutdated', () => {
  const owners = tagOwners([{ id: 'new', tags: ['app:latest'] }])
  it('compares the container’s image with the image that its tag means now', () => {
    expect(isOutdated({ image: 'app', imageId: 'old' }, owners)).toBe(true)
    expect(isOutdated({ image: 'docker.io/library/app:latest', imageId: 'old' }, owners)).toBe(true)
    expect(isOutdated({ image: 'app', imageId: 'new' }, owners)).toBe(false)
    expect(isOutdated({ image: 'gone:1', imageId: 'old' }, owners)).toBe(false)
    expect(isOutdated({ image: `sha256:${'a'.repeat(64)}`, imageId: 'old' }, owners)).toBe(false)
  })
})
