import { describe, expect, it } from 'vitest'
import { imageRows, proposedImageName } from '../../../../src/renderer/lib/images'
import { image } from '../support'

describe('imageRows', () => {
  it('makes a row for each tag of an image, as docker images does', () => {
    const rows = imageRows([image({ tags: ['demo:1', 'demo:latest'] })])
    expect(rows.map(({ key, tag, otherTags }) => ({ key, tag, otherTags }))).toEqual([
      { key: 'demo:1', tag: 'demo:1', otherTags: ['demo:latest'] },
      { key: 'demo:latest', tag: 'demo:latest', otherTags: ['demo:1'] },
    ])
  })

  it('makes one row for an image without tags, under its id', () => {
    expect(imageRows([image({ id: 'sha256:a', tags: [] })])).toMatchObject([
      { key: 'sha256:a', otherTags: [] },
    ])
  })
})

describe('proposedImageName', () => {
  it.each([
    ['My Root.tar.gz', 'my-root'],
    ['rootfs_v2.tgz', 'rootfs-v2'],
    ['busybox', 'busybox'],
    ['.tar', ''],
  ])('of %j is %j', (fileName, name) => {
    expect(proposedImageName(fileName)).toBe(name)
  })
})
