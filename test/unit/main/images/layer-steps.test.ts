import { describe, expect, it } from 'vitest'
import { layerSteps } from '../../../../src/main/images/image-tasks'
import type { LayerProgress } from '../../../../src/shared/images'

const layer = (status: LayerProgress['status'], current = 0, total = 0) => ({
  id: 'x',
  status,
  current,
  total,
})

describe('the progress of a pull or a push', () => {
  it.each([
    [layer('waiting'), 0],
    [layer('downloading', 50, 100), 0.35],
    [layer('downloading', 50, 0), 0],
    [layer('downloaded', 100, 100), 0.7],
    [layer('extracting', 50, 100), 0.85],
    [layer('complete'), 1],
    [layer('exists'), 1],
    [layer('uploading', 150, 100), 1],
    [layer('uploading', 25, 100), 0.25],
    [layer('mounted'), 1],
  ])('counts %j as the fraction %d of a layer', (one, done) => {
    expect(layerSteps([one])).toEqual({ done: expect.closeTo(done) as number, total: 1, unit: 'steps' })
  })

  it('adds the layers up, and never goes back when a layer enters its next state', () => {
    const states: LayerProgress[] = [
      layer('waiting'),
      layer('downloading', 1, 100),
      layer('downloading', 100, 100),
      layer('verifying', 100, 100),
      layer('downloaded', 100, 100),
      layer('extracting', 0, 100),
      layer('extracting', 100, 100),
      layer('complete', 100, 100),
    ]
    const done = states.map((state) => layerSteps([state, layer('exists')]).done)
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(done.at(-1)).toBe(2)
  })
})
