import { describe, expect, it } from 'vitest'
import { Refresher } from '../../../../src/main/engine/refresher'

/** A refresher whose runs end when the test says so. */
function manualRefresher() {
  const runs: { key: string; end: () => void }[] = []
  const refresher = new Refresher((key) => new Promise<void>((resolve) => runs.push({ key, end: resolve })))
  return { refresher, runs }
}

describe('Refresher', () => {
  it('serves the first request immediately', () => {
    const { refresher, runs } = manualRefresher()
    void refresher.request('a')
    expect(runs).toHaveLength(1)
  })

  it('needs only one further run for all requests that arrive during a run', async () => {
    const { refresher, runs } = manualRefresher()
    const first = refresher.request('a')
    const later = [refresher.request('a'), refresher.request('a'), refresher.request('a')]
    expect(runs).toHaveLength(1)
    runs[0]?.end()
    await first
    await expect.poll(() => runs.length).toBe(2)
    runs[1]?.end()
    await Promise.all(later)
    expect(runs).toHaveLength(2)
  })

  it('resolves a request only after a run that has begun after the request', async () => {
    const { refresher, runs } = manualRefresher()
    void refresher.request('a')
    let served = false
    const request = refresher.request('a').then(() => (served = true))
    runs[0]?.end()
    await expect.poll(() => runs.length).toBe(2)
    expect(served).toBe(false)
    void refresher.request('a')
    runs[1]?.end()
    await request
    expect(served).toBe(true)
  })

  it('does not make one object wait for another', () => {
    const { refresher, runs } = manualRefresher()
    void refresher.request('a')
    void refresher.request('b')
    expect(runs.map(({ key }) => key)).toEqual(['a', 'b'])
  })
})
