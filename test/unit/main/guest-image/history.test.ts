import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  chooseFromHistory,
  readHistory,
  withBoot,
  writeHistory,
  type ImageHistory,
} from '../../../../src/main/guest-image/history'

const all = () => true

describe('chooseFromHistory', () => {
  it('chooses the newest image, and offers the image that booted before it', () => {
    expect(chooseFromHistory({}, 'b', all)).toEqual({ recipe: 'b' })
    expect(chooseFromHistory({ current: 'a' }, 'b', all)).toEqual({ recipe: 'b', previous: 'a' })
    expect(chooseFromHistory({ current: 'b', previous: 'a' }, 'b', all)).toEqual({
      recipe: 'b',
      previous: 'a',
    })
  })

  it('offers no image that was removed', () => {
    expect(chooseFromHistory({ current: 'b', previous: 'a' }, 'b', () => false)).toEqual({ recipe: 'b' })
  })

  it('stays with the previous image after a rollback, until there is a newer image', () => {
    const history: ImageHistory = { current: 'b', previous: 'a', rolledBackFrom: 'b' }
    expect(chooseFromHistory(history, 'b', all)).toEqual({ recipe: 'a' })
    expect(chooseFromHistory(history, 'c', all)).toEqual({ recipe: 'c', previous: 'b' })
  })

  it('chooses the newest image if the previous image was removed', () => {
    expect(chooseFromHistory({ current: 'a', rolledBackFrom: 'b' }, 'b', () => false)).toEqual({
      recipe: 'b',
    })
  })
})

describe('an image that booted', () => {
  it('makes the image before it the previous image, and forgets older images', () => {
    const first = withBoot({}, 'a')
    const second = withBoot(first, 'b')
    expect(withBoot(second, 'c')).toEqual({ current: 'c', previous: 'b' })
  })

  it('changes nothing if the same image booted last time', () => {
    const history: ImageHistory = { current: 'a', previous: 'b' }
    expect(withBoot(history, 'a')).toBe(history)
  })

  it('can be rolled back, and chosen again later', () => {
    const rolledBack = withBoot({ current: 'b', previous: 'a', rolledBackFrom: 'b' }, 'a')
    expect(rolledBack).toEqual({ current: 'a', previous: 'b', rolledBackFrom: 'b' })
    expect(chooseFromHistory(rolledBack, 'b', all)).toEqual({ recipe: 'a' })
    expect(chooseFromHistory({ ...rolledBack, rolledBackFrom: undefined }, 'b', all)).toEqual({
      recipe: 'b',
      previous: 'a',
    })
  })
})

describe('the history file', () => {
  let paths: { machine: string }
  beforeEach(async () => {
    paths = { machine: await mkdtemp(join(tmpdir(), 'berth-history-')) }
  })
  afterEach(() => rm(paths.machine, { recursive: true, force: true }))

  it('keeps the history that was written', async () => {
    await writeHistory(paths, { current: 'b', rolledBackFrom: 'c' })
    expect(await readHistory(paths)).toEqual({ current: 'b', rolledBackFrom: 'c' })
  })

  it.each(['not json', '{"current":1}'])('counts as empty when it holds %s', async (content) => {
    expect(await readHistory(paths)).toEqual({})
    await writeFile(join(paths.machine, 'images.json'), content)
    expect(await readHistory(paths)).toEqual({})
  })
})
