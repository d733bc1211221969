import { describe, expect, it } from 'vitest'
import { byContainer, portText, shownPorts } from '../../../../src/renderer/lib/ports'
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
  it('links an open TCP port', () => {
    const [port] = shownPorts(container({ ports: [binding()] }), [forward()])
    expect(port?.state).toBe('open')
    expect(port?.url).toBe('http://localhost:5000')
  })

  it('links a port that listens on one address by that address', () => {
    const urls = ['192.168.1.2', '::1', '0.0.0.0'].map(
      (address) => shownPorts(container({ ports: [binding()] }), [forward({ address })])[0]?.url,
    )
    expect(urls).toEqual(['http://192.168.1.2:5000', 'http://[::1]:5000', 'http://localhost:5000'])
  })

  it('links no UDP port', () => {
    const udp = binding({ protocol: 'udp' })
    const [port] = shownPorts(container({ ports: [udp] }), [forward({ binding: udp })])
    expect(port?.state).toBe('open')
    expect(port?.url).toBeUndefined()
  })

  it('shows a failed forward with its error, and no link', () => {
    const error = { code: 'port.taken' as const, params: {} }
    const [port] = shownPorts(container({ ports: [binding()] }), [forward({ state: 'failed', error })])
    expect(port?.state).toBe('failed')
    expect(port?.url).toBeUndefined()
    expect(port?.forward?.error).toEqual(error)
  })

  it('waits for the forward of a running container, and shows a stopped one closed', () => {
    expect(shownPorts(container({ ports: [binding()] }), [])[0]?.state).toBe('waiting')
    expect(shownPorts(container({ ports: [binding()], state: 'exited' }), [forward()])[0]?.state).toBe(
      'closed',
    )
  })

  it('keeps the ports of a paused container open', () => {
    expect(shownPorts(container({ ports: [binding()], state: 'paused' }), [forward()])[0]?.state).toBe('open')
  })

  it('does not take the forward of another protocol for its own', () => {
    const udp = binding({ protocol: 'udp' })
    const shown = shownPorts(container({ ports: [binding(), udp] }), [forward({ binding: udp })])
    expect(shown.map(({ state }) => state)).toEqual(['waiting', 'open'])
  })

  it('adds what a container on the machine’s own network listens on', () => {
    const shown = shownPorts(container({ ports: [] }), [forward()])
    expect(shown).toMatchObject([{ state: 'open', binding: { hostPort: 5000 } }])
    expect(shownPorts(container({ ports: [], state: 'exited' }), [forward()])).toEqual([])
  })

  it('marks what the local network reaches', () => {
    const marks = ['127.0.0.1', '0.0.0.0', '::1', '::'].map(
      (address) => shownPorts(container({ ports: [binding()] }), [forward({ address })])[0]?.onNetwork,
    )
    expect(marks).toEqual([false, true, false, true])
  })
})

describe('byContainer', () => {
  it('groups the forwards', () => {
    const other = forward({ containerId: 'other' })
    expect(byContainer([forward(), other]).get('other')).toEqual([other])
  })
})

describe('portText', () => {
  it('reads from the host to the container', () => {
    expect(portText(binding())).toBe('5000→8080/tcp')
  })
})
