import { describe, expect, it } from 'vitest'
import {
  readShellWindows,
  shellFamily,
  withShellWindow,
  type ShellWindow,
} from '../../../../src/renderer/lib/shell-windows'

function closed(family: string): ShellWindow {
  return { family, tabs: [{ target: { kind: 'machine' }, sessionId: 'one' }], shown: 0 }
}

describe('closed shell windows', () => {
  it('belong to a container, whatever shell they have, or to the machine', () => {
    const target = { kind: 'container', containerId: 'c1' } as const
    expect(shellFamily(target)).toBe(shellFamily({ ...target, shell: 'tools', user: 'root' }))
    expect(shellFamily(target)).not.toBe(shellFamily({ ...target, containerId: 'c2' }))
    expect(shellFamily({ kind: 'host' })).toBe('host')
  })

  it('are kept, the last one of each family, and not without end', () => {
    let windows: ShellWindow[] = []
    for (let number = 0; number < 30; number += 1) windows = withShellWindow(windows, closed(`f${number}`))
    expect(windows).toHaveLength(20)
    const again = { ...closed('f20'), shown: 1 }
    windows = withShellWindow(windows, again)
    expect(windows).toHaveLength(20)
    expect(windows.filter(({ family }) => family === 'f20')).toEqual([again])
    expect(readShellWindows(JSON.stringify(windows))).toEqual(windows)
  })

  it.each([null, '', 'null', '{"__proto__":1}', '[{"family":"f","tabs":[],"shown":0}]', '[{"family":1}]'])(
    'are forgotten if the storage has something else: %s',
    (text) => {
      expect(readShellWindows(text)).toEqual([])
    },
  )
})
