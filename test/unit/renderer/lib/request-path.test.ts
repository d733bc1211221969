import { beforeAll, describe, expect, it } from 'vitest'
import { loadTexts, showLanguage } from '../../../../src/renderer/lib/i18n'
import { hopsByLayer, portsTo, programName, shownHops } from '../../../../src/renderer/lib/request-path'
import { absentReasons, type PathHop } from '../../../../src/shared/stack'
import { container } from '../support'

beforeAll(() => Promise.all([showLanguage('en'), loadTexts('stack')]))

const hops: PathHop[] = [
  { kind: 'client', absent: null, facts: { url: 'http://localhost:8080', protocol: 'tcp' } },
  {
    kind: 'listener',
    absent: null,
    facts: {
      addresses: ['127.0.0.1', '::1'],
      port: 8080,
      process: { pid: 12, name: 'node', isBerth: true },
    },
  },
  { kind: 'carrier', absent: null, facts: { by: 'qemu', pid: 4711, address: null, port: null } },
  { kind: 'machine', absent: null, facts: { address: '10.0.2.15', port: 8080 } },
  { kind: 'translation', absent: 'host-network', facts: null },
  {
    kind: 'process',
    absent: null,
    facts: {
      pid: 910,
      inner: 7,
      command: '/usr/sbin/httpd -f',
      listens: { address: '::', port: 80 },
    },
  },
]

describe('the shown hops', () => {
  it('are numbered in the order of the request, without the hops that do not exist', () => {
    expect(shownHops(hops).map(({ number }) => number)).toEqual([1, 2, 3, 4, undefined, 5])
  })

  it('have words', () => {
    const shown = shownHops(hops)
    expect(shown[1]).toMatchObject({ text: '127.0.0.1:8080, [::1]:8080', short: '127.0.0.1:8080' })
    expect(shown[1]?.details[0]?.text).toBe('Berth listens here: node, process 12.')
    expect(shown[2]).toMatchObject({
      title: 'QEMU forward',
      text: 'The first connection opens a port of QEMU.',
    })
    expect(shown[4]?.text).toContain('uses the network of the machine itself')
    expect(shown[5]).toMatchObject({ short: 'httpd' })
    expect(shown[5]?.details.map(({ text }) => text)).toEqual([
      'Process 910 in the machine, process 7 in the container',
      'Listens on [::]:80',
    ])
  })

  it('have a text for every reason', () => {
    for (const absent of absentReasons)
      expect(shownHops([{ kind: 'bridge', facts: null, absent }])[0]?.text).not.toMatch(/^stack\./)
  })

  it('light their layers', () => {
    const lit = hopsByLayer(shownHops(hops))
    expect([...lit].map(([layer, shown]) => [layer, shown.length])).toEqual([
      ['system', 2],
      ['qemu', 1],
      ['kernel', 1],
      ['containers', 1],
    ])
  })
})

describe('the ports that lead to a container', () => {
  it('are those of the container whose network it uses', () => {
    const binding = { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' as const }
    const web = container({ id: 'web', ports: [binding] })
    const side = container({ id: 'side', networkMode: 'container:web' })
    const all = new Map([web, side].map((each) => [each.id, each]))
    expect(portsTo(side, all, new Map()).map((port) => port.binding)).toEqual([binding])
    expect(portsTo(container({ id: 'alone' }), all, new Map())).toEqual([])
  })
})

describe('the name of a program', () => {
  it('has no folder and no arguments', () => {
    expect(programName('/usr/bin/node server.js')).toBe('node')
    expect(programName('')).toBe('')
  })
})
