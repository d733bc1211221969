import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  cameUp,
  chooseImage,
  readHistory,
  writeHistory,
  type ImageHistory,
} from '../../../../src/main/guest-image/image-history'

const all = () => true

describe('choosing an image', () => {
  it('takes the newest and offers what came up before it', () => {
    expect(chooseImage({}, 'b', all)).toEqual({ recipe: 'b' })
    expect(chooseImage({ current: 'a' }, 'b', all)).toEqual({ recipe: 'b', previous: 'a' })
    expect(chooseImage({ current: 'b', previous: 'a' }, 'b', all)).toEqual({ recipe: 'b', previous: 'a' })
  })

  it('offers nothing that is no longer there', () => {
    expect(chooseImage({ current: 'b', previous: 'a' }, 'b', () => false)).toEqual({ recipe: 'b' })
  })

  it('stays with the previous one after a rollback, but only from that very image', () => {
    const history: ImageHistory = { current: 'b', previous: 'a', rolledBackFrom: 'b' }
    expect(chooseImage(history, 'b', all)).toEqual({ recipe: 'a' })
    expect(chooseImage(history, 'c', all)).toEqual({ recipe: 'c', previous: 'b' })
  })

  it('takes the newest when the one that was gone back to has disappeared', () => {
    expect(chooseImage({ current: 'a', rolledBackFrom: 'b' }, 'b', () => false)).toEqual({ recipe: 'b' })
  })
})

describe('an image that came up', () => {
  it('makes the one before it the previous one, and forgets older ones', () => {
    const first = cameUp({}, 'a')
    const second = cameUp(first, 'b')
    expect(cameUp(second, 'c')).toEqual({ current: 'c', previous: 'b' })
  })

  it('changes nothing when it came up last time', () => {
    const history: ImageHistory = { current: 'a', previous: 'b' }
    expect(cameUp(history, 'a')).toBe(history)
  })

  it('can be left and returned to', () => {
    const rolledBack = cameUp({ current: 'b', previous: 'a', rolledBackFrom: 'b' }, 'a')
    expect(rolledBack).toEqual({ current: 'a', previous: 'b', rolledBackFrom: 'b' })
    expect(chooseImage(rolledBack, 'b', all)).toEqual({ recipe: 'a' })
    expect(chooseImage({ ...rolledBack, rolledBackFrom: undefined }, 'b', all)).toEqual({
      recipe: 'b',
      previous: 'a',
    })
  })
})

describe('the file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-history-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('keeps what was written', async () => {
    const file = join(folder, 'images.json')
    await writeHistory(file, { current: 'b', rolledBackFrom: 'c' })
    expect(await readHistory(file)).toEqual({ current: 'b', rolledBackFrom: 'c' })
  })

  it.each(['not json', '{"current":1}'])('is empty when it holds %s', async (content) => {
    const file = join(folder, 'images.json')
    await writeFile(file, content)
    expect(await readHistory(file)).toEqual({})
    expect(await readHistory(join(folder, 'none'))).toEqual({})
  })
})
