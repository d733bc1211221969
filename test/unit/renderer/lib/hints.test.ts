import { describe, expect, it } from 'vitest'
import {
  composeChange,
  findingParams,
  findingVariant,
  hintsByContainer,
  homeHints,
  mendForm,
  mendsOf,
} from '../../../../src/renderer/lib/hints'
import { emptyRunForm, formOf, toRunRequest } from '../../../../src/renderer/lib/run-form'
import type { Finding, Hint } from '../../../../src/shared/hints'
import { completeSpec, type RunRequest } from '../../../../src/shared/run'

const port = { hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' as const }
const end = { time: 5, code: 1, outOfMemory: false }
const findings: Record<Finding['rule'], Finding> = {
  'restart-policy': { rule: 'restart-policy', finishedAt: 5 },
  'restart-loop': { rule: 'restart-loop', count: 3, minutes: 5, ends: [end] },
  health: { rule: 'health', failures: 3 },
  published: { rule: 'published', ports: [port] },
  'network-switch': { rule: 'network-switch', ports: [port] },
  'docker-socket': { rule: 'docker-socket', path: '/var/run/docker.sock' },
  privileged: { rule: 'privileged', uses: ['/dev/fuse', 'NET_ADMIN'] },
  'host-namespaces': { rule: 'host-namespaces', pid: true, network: true },
  memory: { rule: 'memory', used: 2 ** 30, machine: 2 ** 31 },
  'memory-sum': { rule: 'memory-sum', limits: 3 * 2 ** 30, containers: 2, machine: 2 ** 31 },
  'layer-data': { rule: 'layer-data', written: 6e7, folder: '/my%20db', inFolder: 5e7 },
  log: { rule: 'log', size: 2e8 },
  image: { rule: 'image', image: 'demo:latest', days: 30 },
}
const hint = (finding: Finding, change: Partial<Hint> = {}): Hint => ({
  ...{ id: 'c1', container: 'web', project: null, dismissed: false, finding },
  ...change,
})
const all = Object.values(findings)
const kinds = (of: Hint) => mendsOf(of).map(({ kind }) => kind)

describe('the text of a finding', () => {
  it('has the measured figures', () => {
    const params = Object.fromEntries(
      all.map((finding) => [finding.rule, findingParams(finding, (time) => `at ${String(time)}`)]),
    )
    expect(params).toEqual({
      'restart-policy': { ago: 'at 5' },
      'restart-loop': { count: 3, minutes: 5 },
      health: { count: 3 },
      published: { ports: '8080→80/tcp' },
      'network-switch': { ports: '8080→80/tcp' },
      'docker-socket': { path: '/var/run/docker.sock' },
      privileged: { uses: '/dev/fuse, NET_ADMIN' },
      'host-namespaces': {},
      memory: { used: '1 GiB', machine: '2 GiB' },
      'memory-sum': { limits: '3 GiB', containers: 2, machine: '2 GiB' },
      'layer-data': { written: '60 MB', folder: '/my db', inFolder: '50 MB' },
      log: { size: '200 MB' },
      image: { image: 'demo:latest', days: 30 },
    })
  })

  it('names what is shared with the machine', () => {
    const variant = (pid: boolean, network: boolean) =>
      findingVariant({ rule: 'host-namespaces', pid, network })
    expect([variant(true, true), variant(true, false), variant(false, true)]).toEqual([
      'whatBoth',
      'whatPid',
      'what',
    ])
    expect(findingVariant({ rule: 'privileged', uses: [] })).toBe('what')
    expect(findingVariant(findings.privileged)).toBe('whatUses')
    expect(findingVariant({ rule: 'image', image: 'a', days: 0 })).toBe('what')
  })
})

describe('the mend', () => {
  it('is the change itself, or leads to the place of the change', () => {
    expect(all.map((finding) => [finding.rule, ...kinds(hint(finding))])).toEqual([
      ['restart-policy', 'now'],
      ['restart-loop', 'now', 'log'],
      ['health', 'edit'],
      ['published', 'edit'],
      ['network-switch', 'now'],
      ['docker-socket', 'edit'],
      ['privileged', 'edit'],
      ['host-namespaces', 'edit'],
      ['memory', 'limits'],
      ['memory-sum', 'limits'],
      ['layer-data', 'move', 'files'],
      ['log', 'edit'],
      ['image', 'update'],
    ])
  })

  it('of a loop stops it, and leads to the limit if the last end was a lack of memory', () => {
    const ends = [{ ...end, outOfMemory: true }, end]
    const loop: Finding = { rule: 'restart-loop', count: 3, minutes: 5, ends }
    expect(kinds(hint(loop))).toEqual(['now', 'limits', 'log'])
    expect(kinds(hint(loop, { project: 'shop' }))).toEqual(['now', 'compose', 'log'])
    expect(composeChange(loop)).toBeUndefined()
  })

  it('shows the folder if a volume there would hide the programs of the image', () => {
    for (const folder of ['/', '/usr/lib', '/etc', '/var/lib', '/%FF']) {
      const data: Finding = { rule: 'layer-data', written: 6e7, folder, inFolder: 6e7 }
      expect(kinds(hint(data)), folder).toEqual(['files'])
    }
  })

  it('is in the compose file if compose manages the container, except for Berth’s own switch', () => {
    const others: Partial<Record<Finding['rule'], string[]>> = {
      'network-switch': ['now'],
      'layer-data': ['files'],
      'restart-loop': ['now', 'log'],
    }
    for (const finding of all)
      expect(kinds(hint(finding, { project: 'shop' })), finding.rule).toEqual(
        others[finding.rule] ?? ['compose'],
      )
    expect(composeChange(findings['restart-policy'])).toEqual({
      kind: 'set',
      line: 'restart: unless-stopped',
    })
    expect(composeChange(findings.privileged)).toEqual({ kind: 'remove', line: 'privileged: true' })
    expect(composeChange(findings.published)?.line).toBe('ports: ["127.0.0.1:8080:80"]')
    const udp = { ...port, hostPort: 53, containerPort: 5353, protocol: 'udp' as const }
    expect(composeChange({ rule: 'published', ports: [port, udp] })?.line).toBe(
      'ports: ["127.0.0.1:8080:80", "127.0.0.1:53:5353/udp"]',
    )
    expect(composeChange(findings.image)).toBeUndefined()
  })
})

describe('the form for edit after a mend', () => {
  const request: RunRequest = {
    image: 'demo',
    command: [],
    environment: [{ name: 'A', value: '1' }],
    ports: [port, { ...port, hostIp: '::' }, { ...port, hostIp: '192.168.0.2', hostPort: 9 }],
    volumes: [],
    binds: [
      { hostPath: '/var/run/docker.sock', path: '/var/run/docker.sock', readOnly: true },
      { hostPath: '/home', path: '/home', readOnly: false },
    ],
    autoRemove: false,
    tty: false,
    privileged: true,
    hostPid: true,
    networks: [{ network: 'host', aliases: [], ipv4: '', ipv6: '' }],
    logging: { driver: 'json-file', options: [{ name: 'tag', value: 'x' }] },
  }
  const before = completeSpec(request)
  function mended(rule: Finding['rule']) {
    const result = toRunRequest(mendForm(formOf(request), findings[rule]))
    if ('problems' in result) throw new Error(JSON.stringify(result.problems))
    return completeSpec(result.request)
  }

  it('publishes on this computer only', () => {
    expect(mended('published')).toEqual({
      ...before,
      ports: [
        { ...port, hostIp: '' },
        { ...port, hostIp: '192.168.0.2', hostPort: 9 },
      ],
    })
  })

  it('has no docker socket, no privileges, and namespaces of its own', () => {
    expect(mended('docker-socket')).toEqual({ ...before, binds: before.binds.slice(1) })
    expect(mended('privileged')).toEqual({ ...before, privileged: false })
    expect(mended('host-namespaces')).toEqual({ ...before, hostPid: false, networks: [] })
  })

  it('limits the log, and keeps its other options', () => {
    const { options } = mended('log').logging
    expect(options).toEqual([
      { name: 'tag', value: 'x' },
      { name: 'max-size', value: '10m' },
      { name: 'max-file', value: '3' },
    ])
  })

  it('is unchanged if only the user can know the change', () => {
    const form = emptyRunForm('demo')
    expect(mendForm(form, findings.health)).toBe(form)
  })
})

it('the list of containers counts the hints of each, without the dismissed ones', () => {
  const marks = hintsByContainer([
    hint(findings.log),
    hint(findings.privileged, { id: 'c2' }),
    hint(findings.image, { id: 'c3', dismissed: true }),
    hint(findings['restart-loop']),
  ])
  expect([...marks].map(([id, own]) => [id, ...own.map(({ finding }) => finding.rule)])).toEqual([
    ['c1', 'log', 'restart-loop'],
    ['c2', 'privileged'],
  ])
})

it('the Home page leaves out what it shows as trouble already, and what is dismissed', () => {
  const shown = homeHints([
    hint(findings['restart-loop']),
    hint(findings.health),
    hint(findings.log),
    hint(findings.privileged, { dismissed: true }),
  ])
  expect(shown.map(({ finding }) => finding.rule)).toEqual(['log'])
})
