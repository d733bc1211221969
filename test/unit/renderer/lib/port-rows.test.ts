import { describe, expect, it } from 'vitest'
import { byContainer } from '../../../../src/renderer/lib/ports'
import { hostAndPort, networkChoice, portRows } from '../../../../src/renderer/lib/port-rows'
import type { PortBinding, PortForward } from '../../../../src/shared/ports'
import { container } from '../support'

function binding(change: Partial<PortBinding> = {}): PortBinding {
  return { hostIp: '', hostPort: 5000, containerPort: 8080, protocol: 'tcp', ...change }
}
function rows(asked: PortBinding, forward: Partial<PortForward> = {}) {
  const web = container({ ports: [asked] })
  const all = [
    {
      containerId: web.id,
      binding: asked,
      address: '127.0.0.1',
      state: 'open',
      toNetwork: false,
      ...forward,
    },
  ] as const
  return portRows([web, container({ id: 'other', ports: [binding()], state: 'exited' })], byContainer(all))
}

describe('portRows', () => {
  it('lists the ports of the containers that run, and those that the others would open', () => {
    expect(rows(binding())).toMatchObject([
      { address: '127.0.0.1', state: 'open', url: 'http://localhost:5000' },
      { address: '127.0.0.1', state: 'closed', url: undefined },
    ])
  })

  it('lists one that is being opened by the address it will have', () => {
    const web = container({ ports: [binding({ hostIp: '0.0.0.0' }), binding({ hostPort: 5001 })] })
    expect(portRows([web], new Map())).toMatchObject([
      { address: '0.0.0.0', state: 'waiting' },
      { address: '127.0.0.1', state: 'waiting' },
    ])
  })
})

describe('networkChoice', () => {
  it('is the user’s unless the container has made it', () => {
    const choice = (hostIp: string) => rows(binding({ hostIp })).map(networkChoice)[0]
    expect(['', '127.0.0.1'].map(choice)).toEqual(['switch', 'switch'])
    expect(['0.0.0.0', '::', '192.168.1.5'].map(choice)).toEqual(['asked', 'asked', 'asked'])
    expect(['::1', '127.0.0.2'].map(choice)).toEqual(['never', 'never'])
  })
})

describe('hostAndPort', () => {
  it('puts an IPv6 address into brackets', () => {
    expect([hostAndPort('127.0.0.1', 80), hostAndPort('::1', 80)]).toEqual(['127.0.0.1:80', '[::1]:80'])
  })
})
