import { describe, expect, it } from 'vitest'
import { BuildProgress } from '../../../../src/main/builds/progress'
import { stepOutputLimit } from '../../../../src/shared/builds'

const vertex = (fields: object) =>
  JSON.stringify({ vertexes: [{ digest: 'a', name: '[1/2] RUN a', ...fields }] })
const log = (text: string | Buffer) =>
  JSON.stringify({ logs: [{ vertex: 'a', stream: 1, data: Buffer.from(text).toString('base64') }] })

describe('the progress of a build', () => {
  it('has each step once, with its times', () => {
    const progress = new BuildProgress()
    progress.add(vertex({}))
    progress.add(vertex({ started: '2026-11-28T11:41:47.257566395Z' }))
    expect(progress.steps).toMatchObject([{ startedAt: 1_795_866_107_257, endedAt: null }])
    progress.add(
      vertex({ started: '2026-11-28T11:41:47.3Z', completed: '2026-11-28T11:41:48Z', cached: true }),
    )
    expect(progress.steps).toMatchObject([
      { id: 'a', startedAt: 1_795_866_107_257, endedAt: 1_795_866_108_000, cached: true, error: null },
    ])
  })

  it('keeps the error of a step', () => {
    const progress = new BuildProgress()
    progress.add(vertex({ error: 'exit code: 1' }))
    expect(progress.steps[0]?.error).toBe('exit code: 1')
  })

  it('counts the parts of a step', () => {
    const progress = new BuildProgress()
    progress.add(vertex({}))
    for (const current of [1, 7])
      progress.add(JSON.stringify({ statuses: [{ id: 'layer', vertex: 'a', current, total: 9 }] }))
    expect(progress.steps[0]?.progress).toEqual([{ name: 'layer', current: 7, total: 9 }])
  })

  it('joins a character whose bytes arrive in two pieces', () => {
    const progress = new BuildProgress()
    progress.add(vertex({}))
    const bytes = Buffer.from('안녕')
    progress.add(log(bytes.subarray(0, 4)))
    progress.add(log(bytes.subarray(4)))
    expect(progress.output('a', 0, 100)).toEqual({ text: '안녕', from: 0 })
    expect(progress.steps[0]?.outputLength).toBe(2)
  })

  it('returns the output from a position', () => {
    const progress = new BuildProgress()
    progress.add(log('abcdef'))
    expect(progress.output('a', 2, 3)).toEqual({ text: 'cde', from: 2 })
    expect(progress.output('a', 6, 3)).toEqual({ text: '', from: 6 })
    expect(progress.output('b', 0, 3)).toBeUndefined()
  })

  it('keeps only the end of a long output, and its positions stay the same', () => {
    const progress = new BuildProgress()
    progress.add(log('x'.repeat(stepOutputLimit)))
    progress.add(log('end'))
    expect(progress.output('a', 0, 1)).toEqual({ text: 'x', from: 3 })
    expect(progress.output('a', stepOutputLimit, 10)).toEqual({ text: 'end', from: stepOutputLimit })
  })

  it('keeps buildx’s own message apart from the steps', () => {
    const progress = new BuildProgress()
    expect(progress.add('Dockerfile:4')).toBeUndefined()
    expect(progress.add('{ "no": json')).toBeUndefined()
    expect(progress.add('ERROR: failed to build')).toBeUndefined()
    expect(progress.message).toBe('Dockerfile:4\n{ "no": json\nERROR: failed to build')
    expect(progress.steps).toEqual([])
  })

  it('ends the running steps when the build has ended', () => {
    const progress = new BuildProgress()
    progress.add(vertex({ started: '2026-11-28T11:41:47Z' }))
    progress.close(5)
    expect(progress.steps[0]?.endedAt).toBe(5)
  })
})
