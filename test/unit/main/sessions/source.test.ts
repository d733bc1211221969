import { describe, expect, it } from 'vitest'
import { iterableSource, type Outcome, type Payload } from '../../../../src/main/sessions/source'
import { BerthError } from '../../../../src/shared/errors'
import { eventually } from '../../../support/eventually'

const toPayload = (text: string): Payload => ({ type: 'output', text })

function collector() {
  const texts: string[] = []
  const outcomes: Outcome[] = []
  return {
    texts,
    outcomes,
    sink: {
      payload: (payload: Payload) => {
        if (payload.type === 'output') texts.push(payload.text)
      },
      bytes: () => undefined,
      end: (outcome: Outcome) => outcomes.push(outcome),
    },
  }
}

describe('a source made of an async iterable', () => {
  it('passes on every value, then ends', async () => {
    const { texts, outcomes, sink } = collector()
    const source = iterableSource(async function* () {
      await new Promise(setImmediate)
      yield* ['a', 'b']
    }, toPayload)
    source.start(sink)
    await eventually(() => {
      expect(outcomes).toEqual([{ exitCode: null, error: null }])
    })
    expect(texts).toEqual(['a', 'b'])
  })

  it('does not request the next value while paused', async () => {
    let asked = 0
    const { texts, outcomes, sink } = collector()
    const source = iterableSource(async function* () {
      for (; asked < 3; asked++) yield await Promise.resolve(String(asked))
    }, toPayload)
    source.start({
      ...sink,
      payload: (payload) => {
        sink.payload(payload)
        if (texts.length === 1) source.pause()
      },
    })
    await eventually(() => {
      expect(texts).toEqual(['0'])
    })
    await new Promise(setImmediate)
    expect(asked).toBe(0)
    source.resume()
    await eventually(() => {
      expect(outcomes).toHaveLength(1)
    })
    expect(texts).toEqual(['0', '1', '2'])
  })

  it('ends with the error of the iterable', async () => {
    const { outcomes, sink } = collector()
    const source = iterableSource(() => failing(new BerthError('registry.denied', { image: 'x' })), toPayload)
    source.start(sink)
    await eventually(() => {
      expect(outcomes).toEqual([
        { exitCode: null, error: { code: 'registry.denied', params: { image: 'x' } } },
      ])
    })
  })

  it('aborts the iterable when closed, even while paused, and ends without an error', async () => {
    const { outcomes, sink } = collector()
    let ended = false
    const source = iterableSource(async function* (signal) {
      try {
        while (!signal.aborted) yield await Promise.resolve('again')
        signal.throwIfAborted()
      } finally {
        ended = true
      }
    }, toPayload)
    source.start(sink)
    source.pause()
    await source.close()
    expect(ended).toBe(true)
    expect(outcomes).toEqual([{ exitCode: null, error: null }])
  })
})

async function* failing(error: Error): AsyncGenerator<string> {
  await Promise.reject(error)
  yield 'never'
}
