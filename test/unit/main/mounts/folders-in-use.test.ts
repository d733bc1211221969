import { describe, expect, it } from 'vitest'
import { refuseInUse } from '../../../../src/main/mounts/folders-in-use'
import type { Container } from '../../../../src/shared/containers'
import { container } from '../ports/support'

const current = [
  { path: '/home/me', writable: true },
  { path: '/srv/data', writable: true },
]

function bound(source: string, state: Container['state'] = 'running'): Container {
  const mounts = [{ type: 'bind' as const, source, destination: '/app', readOnly: false }]
  return { ...container('web', [], state), mounts }
}
const refuse = (wanted: typeof current, ...containers: Container[]) => {
  refuseInUse(current, wanted, containers, 'linux')
}

describe('a folder that a running container uses', () => {
  it('stays shared, and as writable as it is', () => {
    const inUse = expect.objectContaining({
      code: 'mounts.folder-in-use',
      params: { path: '/home/me', containers: 'web' },
    }) as Error
    expect(() => {
      refuse(current.slice(1), bound('/home/me/app'))
    }).toThrow(inUse)
    expect(() => {
      refuse([{ path: '/home/me', writable: false }, ...current.slice(1)], bound('/home/me'))
    }).toThrow(inUse)
  })

  it('holds nothing else back', () => {
    expect(() => {
      refuse(current.slice(0, 1), bound('/home/me/app'))
      refuse([...current, { path: '/opt', writable: true }], bound('/home/me/app'))
      refuse([], bound('/home/me/app', 'exited'), bound('/home/melon'), container('other', []))
    }).not.toThrow()
  })
})
