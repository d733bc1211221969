import { describe, expect, it } from 'vitest'
import { imageRows, needsPull, outdatedImages, proposedImageName } from '../../../../src/renderer/lib/images'
import { image } from '../support'

describe('imageRows', () => {
  it('makes a row for each tag of an image, as docker images does', () => {
    const rows = imageRows([image({ tags: ['demo:1', 'demo:latest'] })])
    expect(rows.map(({ key, tag, otherTags }) => ({ key, tag, otherTags }))).toEqual([
      { key: 'demo:1', tag: 'demo:1', otherTags: ['demo:latest'] },
      { key: 'demo:latest', tag: 'demo:latest', otherTags: ['demo:1'] },
    ])
  })

  it('makes one row for an image without tags, with the image id as its key', () => {
    expect(imageRows([image({ id: 'sha256:a', tags: [] })])).toMatchObject([
      { key: 'sha256:a', otherTags: [] },
    ])
  })
})

describe('needsPull', () => {
  const images = [
    image({ tags: ['demo:latest', 'ghcr.io/a/b:1'], digests: [`demo@sha256:${'a'.repeat(64)}`] }),
  ]

  it.each(['other', 'demo:2', 'ghcr.io/a/b', 'docker.io/library/other'])(
    'is true for %s, which the machine does not have',
    (reference) => {
      expect(needsPull(reference, images)).toBe(true)
    },
  )

  it.each([
    'demo',
    'demo:latest',
    'docker.io/library/demo',
    'ghcr.io/a/b:1',
    `demo@sha256:${'a'.repeat(64)}`,
    'abcdef012345',
    'Not A Name',
    '',
  ])('is false for %j, which is already present or cannot be pulled', (reference) => {
    expect(needsPull(reference, images)).toBe(false)
  })
})

describe('proposedImageName', () => {
  it.each([
    ['My Root.tar.gz', 'my-root'],
    ['rootfs_v2.tgz', 'rootfs-v2'],
    ['busybox', 'busybox'],
    ['.tar', ''],
  ])('proposes for the file %j the name %j', (fileName, name) => {
    expect(proposedImageName(fileName)).toBe(name)
  })
})

describe('outdatedImages', () => {
  const image = (id: string, tags: string[], digests: string[] = []) => ({
    id,
    tags,
    digests,
    size: 0,
    createdAt: 0,
    labels: {},
  })
  const outdated = (...parameters: Parameters<typeof outdatedImages>) => [...outdatedImages(...parameters)]

  it('are those of containers whose tag now belongs to another image', () => {
    const images = [image('new', ['app:latest']), image('old', []), image('other', ['app:1'])]
    expect(outdated(images, [{ image: 'app', imageId: 'old' }])).toEqual(['old'])
    expect(outdated(images, [{ image: 'docker.io/library/app:latest', imageId: 'old' }])).toEqual(['old'])
    expect(outdated(images, [{ image: 'app:1', imageId: 'other' }])).toEqual([])
    expect(outdated(images, [{ image: 'removed:1', imageId: 'old' }])).toEqual([])
    expect(outdated(images, [{ image: `sha256:${'0'.repeat(64)}`, imageId: 'old' }])).toEqual([])
  })

  it('are untagged images from a repository from which there is a tagged image', () => {
    const digest = `localhost:5000/app@sha256:${'1'.repeat(64)}`
    const old = image('old', [], [digest])
    expect(outdated([image('new', ['localhost:5000/app:2']), old], [])).toEqual(['old'])
    expect(outdated([image('new', ['localhost:5000/apple:2']), old], [])).toEqual([])
    expect(outdated([image('new', ['localhost:5000/app:2'], [digest])], [])).toEqual([])
  })
})
