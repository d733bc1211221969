import { describe, expect, it } from 'vitest'
import {
  byContainer,
  hostAndPort,
  networkChoice,
  portRows,
  portText,
  shownPorts,
} from '../../../../src/renderer/lib/ports'
import type { PortBinding, PortForward } from '../../../../src/shared/ports'
import { container } from '../support'

function binding(change: Partial<PortBinding> = {}): PortBinding {
  return { hostIp: '', hostPort: 5000, containerPort: 8080, protocol: 'tcp', ...change }
}
function forward(change: Partial<PortForward> = {}): PortForward {
  return {
    containerId: container().id,
    binding: binding(),
    address: '127.0.0.1',
    state: 'open',
    toNetwork: false,
    ...change,
  }
}

describe('shownPorts', () => {
  it('gives an open TCP port a URL', () => {
    const [port] = shownPorts(container({ ports: [binding()] }), [forward()])
    expect(port?.state).toBe('open')
    expect(port?.url).toBe('http://localhost:5000')
  })

  it('shows localhost in the URL of a port on 127.0.0.1 or on all addresses, otherwise the port’s address', () => {
    const urls = ['192.168.1.2', '::1', '0.0.0.0'].map(
      (address) => shownPorts(container({ ports: [binding()] }), [forward({ address })])[0]?.url,
    )
    expect(urls).toEqual(['http://192.168.1.2:5000', 'http://[::1]:5000', 'http://localhost:5000'])
  })

  it('gives a UDP port no URL', () => {
    const udp = binding({ protocol: 'udp' })
    const [port] = shownPorts(container({ ports: [udp] }), [forward({ binding: udp })])
    expect(port?.state).toBe('open')
    expect(port?.url).toBeUndefined()
  })

  it('shows a failed forward with its error and without a URL', () => {
    const error = { code: 'port.taken' as const, params: {} }
    const [port] = shownPorts(container({ ports: [binding()] }), [forward({ state: 'failed', error })])
    expect(port?.state).toBe('failed')
    expect(port?.url).toBeUndefined()
    expect(port?.forward?.error).toEqual(error)
  })

  it('shows a port without a forward as waiting while the container runs, and any port of a stopped container as closed', () => {
    expect(shownPorts(container({ ports: [binding()] }), [])[0]?.state).toBe('waiting')
    expect(shownPorts(container({ ports: [binding()], state: 'exited' }), [forward()])[0]?.state).toBe(
      'closed',
    )
  })

  it('keeps the ports of a paused container open', () => {
    expect(shownPorts(container({ ports: [binding()], state: 'paused' }), [forward()])[0]?.state).toBe('open')
  })

  it('uses a forward only for the port with the same protocol', () => {
    const udp = binding({ protocol: 'udp' })
    const shown = shownPorts(container({ ports: [binding(), udp] }), [forward({ binding: udp })])
    expect(shown.map(({ state }) => state)).toEqual(['waiting', 'open'])
  })

  it('adds the ports on which a container listens if the container uses the machine’s network', () => {
    const shown = shownPorts(container({ ports: [] }), [forward()])
    expect(shown).toMatchObject([{ state: 'open', binding: { hostPort: 5000 } }])
    expect(shownPorts(container({ ports: [], state: 'exited' }), [forward()])).toEqual([])
  })

  it('marks the ports that the local network can reach', () => {
    const marks = ['127.0.0.1', '127.0.0.2', '::1', '0.0.0.0', '::', '192.168.1.5', 'fd00::5'].map(
      (address) => shownPorts(container({ ports: [binding()] }), [forward({ address })])[0]?.onNetwork,
    )
    expect(marks).toEqual([false, false, false, true, true, true, true])
  })
})

describe('byContainer', () => {
  it('groups forwards by the id of their container', () => {
    const other = forward({ containerId: 'other' })
    expect(byContainer([forward(), other]).get('other')).toEqual([other])
  })
})

describe('portText', () => {
  it('shows the host port, then the container port', () => {
    expect(portText(binding())).toBe('5000→8080/tcp')
  })
})

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
  it('lists the ports of running containers, and the closed ports of stopped containers', () => {
    expect(rows(binding())).toMatchObject([
      { address: '127.0.0.1', state: 'open', url: 'http://localhost:5000' },
      { address: '127.0.0.1', state: 'closed', url: undefined },
    ])
  })

  it('lists a waiting port with the address that the port will have', () => {
    const web = container({ ports: [binding({ hostIp: '0.0.0.0' }), binding({ hostPort: 5001 })] })
    expect(portRows([web], new Map())).toMatchObject([
      { address: '0.0.0.0', state: 'waiting' },
      { address: '127.0.0.1', state: 'waiting' },
    ])
  })
})

describe('networkChoice', () => {
  it('leaves the choice to the user unless the port binding names another address than 127.0.0.1', () => {
    const choice = (hostIp: string) => rows(binding({ hostIp })).map(networkChoice)[0]
    expect(['', '127.0.0.1'].map(choice)).toEqual(['switch', 'switch'])
    expect(['0.0.0.0', '::', '192.168.1.5'].map(choice)).toEqual(['asked', 'asked', 'asked'])
    expect(['::1', '127.0.0.2'].map(choice)).toEqual(['never', 'never'])
  })
})

describe('hostAndPort', () => {
  it('encloses an IPv6 address in brackets', () => {
    expect([hostAndPort('127.0.0.1', 80), hostAndPort('::1', 80)]).toEqual(['127.0.0.1:80', '[::1]:80'])
  })
})
