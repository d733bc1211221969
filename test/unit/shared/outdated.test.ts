import { describe, expect, it } from 'vitest'
import { isOutdated, tagOwners } from '../../../src/shared/outdated'

describe('isOutdated', () => {
  const owners = tagOwners([{ id: 'new', tags: ['app:latest'] }])
  it('compares the container’s image with the image that its tag means now', () => {
    expect(isOutdated({ image: 'app', imageId: 'old' }, owners)).toBe(true)
    expect(isOutdated({ image: 'docker.io/library/app:latest', imageId: 'old' }, owners)).toBe(true)
    expect(isOutdated({ image: 'app', imageId: 'new' }, owners)).toBe(false)
    expect(isOutdated({ image: 'gone:1', imageId: 'old' }, owners)).toBe(false)
    expect(isOutdated({ image: `sha256:${'a'.repeat(64)}`, imageId: 'old' }, owners)).toBe(false)
  })
})
