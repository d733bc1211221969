import { describe, expect, it } from 'vitest'
import { formOf, requestOf } from '../../../../src/renderer/lib/builds'

describe('formOf', () => {
  const request = () => ({
    ...{ folder: '/app', dockerfile: 'Dockerfile', tags: ['app:1', 'app:2'], target: '', platform: '' },
    ...{ arguments: [{ name: 'MODE', value: 'fast' }], noCache: false, pull: true },
  })

  it('fills the form of a build, and the form makes the same request without its secrets', () => {
    expect(requestOf(formOf(request()))).toEqual({ ...request(), secrets: [] })
  })

  it('copies the arguments, so that input does not change the earlier build', () => {
    const earlier = request()
    const [argument] = formOf(earlier).arguments
    if (argument !== undefined) argument.value = 'slow'
    expect(argument).toEqual({ name: 'MODE', value: 'slow' })
    expect(earlier).toEqual(request())
  })
})
