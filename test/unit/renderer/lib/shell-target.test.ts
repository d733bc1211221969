import { describe, expect, it } from 'vitest'
import { targetOfQuery } from '../../../../src/renderer/lib/parse-shell-query'
import { shellName, shellQuery } from '../../../../src/renderer/lib/shell-target'

const choice = {
  kind: 'container',
  containerId: 'a&b=c',
  shell: '/bin/zsh',
  user: 'app:staff',
  folder: '/a b',
} as const

describe('the address of a shell window', () => {
  it.each([
    { kind: 'machine' },
    { kind: 'host' },
    { kind: 'container', containerId: 'web' },
    choice,
  ] as const)('holds the target %j', (target) => {
    expect(targetOfQuery(Object.fromEntries(new URLSearchParams(shellQuery(target))))).toEqual(target)
  })

  it('holds the session that the window joins', () => {
    expect(new URLSearchParams(shellQuery(choice, 'one')).get('session')).toBe('one')
  })

  it.each([
    {},
    { target: 'elsewhere' },
    { target: 'container' },
    { target: 'container', containerId: ['a', 'b'] },
  ])('is the machine for the query %j', (query) => {
    expect(targetOfQuery(query)).toEqual({ kind: 'machine' })
  })
})

describe('shellName', () => {
  it('is the name of the program', () => {
    expect(shellName(choice)).toBe('zsh')
    expect(shellName({ kind: 'container', containerId: 'a', shell: 'tools' })).toBe('tools')
  })

  it('is undefined if Berth chooses the shell', () => {
    expect(shellName({ kind: 'container', containerId: 'a' })).toBeUndefined()
    expect(shellName(undefined)).toBeUndefined()
  })
})
