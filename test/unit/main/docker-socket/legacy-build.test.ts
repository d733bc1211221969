import { describe, expect, it } from 'vitest'
import { LegacyBuild } from '../../../../src/main/docker-socket/legacy-build'
import { TimelineRecorder } from '../../../../src/main/timelines/timeline-recorder'

/** The lines of the engine 28 for a build whose first step is known, whose second is cached and whose third runs. */
const recorded = [
  { stream: 'Step 1/3 : FROM busybox:latest' },
  { stream: '\n' },
  { stream: ' ---> 5d19d306a595\n' },
  { stream: 'Step 2/3 : COPY Dockerfile /greeting' },
  { stream: '\n' },
  { stream: ' ---> Using cache\n' },
  { stream: ' ---> 038255a44e32\n' },
  { stream: 'Step 3/3 : RUN cat greeting > /copied' },
  { stream: '\n' },
  { stream: ' ---> Running in 5a327ec7e89d\n' },
]
const success = [
  { stream: ' ---> Removed intermediate container 5a327ec7e89d\n' },
  { stream: ' ---> 272650f3a4e9\n' },
  { aux: { ID: 'sha256:272650f3a4e9294accbb4ebdc006a059342a139f92373efef476021f115452a6' } },
  { stream: 'Successfully built 272650f3a4e9\n' },
]

function started(lines: readonly object[], pieceBytes = Number.POSITIVE_INFINITY) {
  const timeline = new TimelineRecorder({ kind: 'build', origin: 'docker' })
  const build = new LegacyBuild(timeline)
  const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\r\n`).join(''))
  for (let at = 0; at < bytes.length; at += pieceBytes) build.push(bytes.subarray(at, at + pieceBytes))
  const instructions = () => timeline.snapshot().steps.filter(({ name }) => name === 'instruction')
  return { timeline, build, instructions }
}

describe('a build without BuildKit', () => {
  it('has a step for each instruction, cached or not', () => {
    const { timeline, build, instructions } = started([...recorded, ...success], 7)
    expect(instructions().at(-1)).toMatchObject({ endedAt: null })
    build.end(build.error)
    expect(instructions().map(({ label, cached, failed }) => [label, cached, failed])).toEqual([
      ['[1/3] FROM busybox:latest', undefined, false],
      ['[2/3] COPY Dockerfile /greeting', true, false],
      ['[3/3] RUN cat greeting > /copied', undefined, false],
    ])
    expect(timeline.snapshot()).toMatchObject({ state: 'done', name: '272650f3a4e9' })
  })

  it('fails at the step that runs, with the engine’s message', () => {
    const text = "The command '/bin/sh -c exit 3' returned a non-zero code: 3"
    const failure = { errorDetail: { code: 3, message: text }, error: text }
    const { timeline, build, instructions } = started([...recorded, failure])
    build.end(build.error)
    expect(timeline.snapshot()).toMatchObject({
      state: 'failed',
      error: { code: 'build.failed', detail: text },
    })
    expect(instructions().map(({ failed }) => failed)).toEqual([false, false, true])
  })

  const ofProgram = (...texts: string[]) => texts.map((text) => ({ stream: `${text}\n` }))

  it('has no step of another build whose output is part of it', () => {
    const inner = ofProgram(
      'Step 1/1 : FROM x',
      ' ---> Using cache',
      'Step 4/4 : RUN y',
      'Step 3/3 : RUN again',
    )
    const { build, instructions } = started([...recorded, ...inner, ...success])
    build.end(build.error)
    expect(instructions().map(({ label, cached }) => [label, cached])).toEqual([
      ['[1/3] FROM busybox:latest', undefined],
      ['[2/3] COPY Dockerfile /greeting', true],
      ['[3/3] RUN cat greeting > /copied', undefined],
    ])
  })

  it('has at most 300 steps', () => {
    const many = Array.from({ length: 400 }, (_, index) => `Step ${String(index + 1)}/400 : ENV A=1`)
    const { build, instructions } = started(ofProgram(...many.flatMap((step) => [step, ' ---> Using cache'])))
    build.end(build.error)
    expect(instructions()).toHaveLength(300)
    expect(instructions().every(({ cached, endedAt }) => cached === true && endedAt !== null)).toBe(true)
  })

  it('ignores lines of another kind', () => {
    const { instructions } = started([
      { status: 'Pulling from library/busybox', id: 'latest' },
      { stream: 3 },
    ])
    expect(instructions()).toEqual([])
  })
})
