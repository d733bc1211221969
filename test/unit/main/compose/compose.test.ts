import { describe, expect, it } from 'vitest'
import { nameOfFolder } from '../../../../src/main/compose/compose'
import { composeArguments } from '../../../../src/shared/docker-commands'

describe('composeArguments', () => {
  const up = {
    action: 'up',
    services: [],
    build: false,
    pull: 'policy',
    recreate: false,
    removeOrphans: false,
  } as const

  it('adds only the options that the user has chosen', () => {
    expect(composeArguments({ ...up, services: ['web'] })).toEqual(['up', '-d', '--yes', 'web'])
    expect(
      composeArguments({
        ...up,
        services: [],
        build: true,
        pull: 'always',
        recreate: true,
        removeOrphans: true,
      }),
    ).toEqual(['up', '-d', '--yes', '--pull', 'always', '--build', '--force-recreate', '--remove-orphans'])
    expect(composeArguments({ action: 'down', volumes: false, images: false })).toEqual(['down'])
    expect(composeArguments({ action: 'down', volumes: true, images: true })).toEqual([
      'down',
      '--volumes',
      '--rmi',
      'all',
    ])
  })

  it('names the services', () => {
    expect(composeArguments({ action: 'restart', services: ['web', 'db'] })).toEqual(['restart', 'web', 'db'])
    expect(composeArguments({ action: 'scale', service: 'web', replicas: 3 })).toEqual(['scale', 'web=3'])
    expect(composeArguments({ action: 'watch', services: [] })).toEqual(['watch', '--no-up'])
  })
})

describe('nameOfFolder', () => {
  it('follows the rule of compose', () => {
    expect(nameOfFolder('/home/me/My Shop 2.0/')).toBe('myshop20')
    expect(nameOfFolder(String.raw`C:\Users\me\_Web-App`)).toBe('web-app')
    expect(nameOfFolder('/home/me/쇼핑')).toBe('')
  })
})
