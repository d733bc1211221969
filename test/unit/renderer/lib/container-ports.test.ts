import { describe, expect, it } from 'vitest'
import { portText, shownPorts } from '../../../../src/renderer/lib/container-ports'
import type { PortBinding, PortForward } from '../../../../src/shared/ports'
import { container } from '../support'

function binding(change: Partial<PortBinding> = {}): PortBinding {
  return { hostIp: '', hostPort: 5000, containerPort: 8080, protocol: 'tcp', ...change }
}
function forward(change: Partial<PortForward> = {}): PortForward {
  return { containerId: container().id, binding: binding(), address: '127.0.0.1', state: 'open', ...change }
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

  it('does not take the forward of another container or protocol for its own', () => {
    const others = [forward({ containerId: 'other' }), forward({ binding: binding({ protocol: 'udp' }) })]
    expect(shownPorts(container({ ports: [binding()] }), others)[0]?.state).toBe('waiting')
  })
})

describe('portText', () => {
  it('reads from the host to the container', () => {
    expect(portText(binding())).toBe('5000→8080/tcp')
  })
})
