import { expect, it } from 'vitest'
import { BuildLog } from '../../../../src/main/builds/build-log'
import { BuildProgress } from '../../../../src/main/builds/progress'

it('the log of a build names each step, and the step again when its output continues', () => {
  const [progress, log] = [new BuildProgress(), new BuildLog()]
  const started = '2026-11-28T11:41:47Z'
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const lines = [
    { vertexes: [{ digest: 'a', name: 'FROM x', started, cached: true }] },
    { vertexes: [{ digest: 'b', name: 'RUN b', started }] },
    { logs: [{ vertex: 'b', data: base64('one\n') }] },
    { vertexes: [{ digest: 'c', name: 'RUN c', started }] },
    { logs: [{ vertex: 'c', data: base64('two') }] },
    { logs: [{ vertex: 'b', data: base64('three\n') }] },
    { vertexes: [{ digest: 'b', name: 'RUN b', started, error: 'exit code: 1' }] },
  ]
  const text = lines.map((line) => {
    const status = progress.add(JSON.stringify(line))
    return status === undefined ? '' : log.textOf(status)
  })
  expect(text.join('')).toBe(
    'CACHED FROM x\nRUN b\none\nRUN c\ntwo\nRUN b\nthree\nERROR RUN b: exit code: 1\n',
  )
})
