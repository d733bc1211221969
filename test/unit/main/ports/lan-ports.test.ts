import { describe, expect, it } from 'vitest'
import { LanPorts } from '../../../../src/main/ports/lan-ports'
import type { NetworkPort } from '../../../../src/shared/ports'
import type { SettingsPatch } from '../../../../src/shared/settings'

class FakeSettings {
  current: { networkPorts: NetworkPort[] } = { networkPorts: [] }
  failure: Error | undefined

  async update({ networkPorts = [] }: SettingsPatch): Promise<void> {
    await Promise.resolve()
    if (this.failure !== undefined) throw this.failure
    this.current = { networkPorts }
  }
}

describe('LanPorts', () => {
  it('makes simultaneous changes one at a time', async () => {
    const settings = new FakeSettings()
    const ports = new LanPorts(settings)
    await Promise.all([
      ports.set({ port: 80, protocol: 'tcp' }, true),
      ports.set({ port: 53, protocol: 'udp' }, true),
      ports.set({ port: 80, protocol: 'tcp' }, true),
    ])
    expect(ports.current).toEqual([
      { port: 53, protocol: 'udp' },
      { port: 80, protocol: 'tcp' },
    ])
    await ports.set({ port: 80, protocol: 'udp' }, false)
    await ports.set({ port: 80, protocol: 'tcp' }, false)
    expect(ports.current).toEqual([{ port: 53, protocol: 'udp' }])
  })

  it('can make a change after a change that could not be saved', async () => {
    const settings = new FakeSettings()
    const ports = new LanPorts(settings)
    settings.failure = new Error('read-only')
    await expect(ports.set({ port: 80, protocol: 'tcp' }, true)).rejects.toThrow('read-only')
    settings.failure = undefined
    await ports.set({ port: 81, protocol: 'tcp' }, true)
    expect(ports.current).toEqual([{ port: 81, protocol: 'tcp' }])
  })
})
