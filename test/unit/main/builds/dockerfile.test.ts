import { describe, expect, it } from 'vitest'
import { baseImages, lineOfStep } from '../../../../src/main/builds/dockerfile'

const stages = `# syntax=docker/dockerfile:1
ARG NODE=20
FROM --platform=linux/amd64 busybox:base AS Build
WORKDIR /app
ENV A=1
RUN <<EOF
FROM nowhere
EOF
COPY --link a \\
  b /x/
FROM node:$NODE
COPY --from=build /x /x
FROM build
RUN echo 1
`

describe('the base images of a Dockerfile', () => {
  it('are its images without stages and variables', () => {
    expect(baseImages(stages)).toEqual(['busybox:base'])
  })

  it.each(['', 'FROM', 'FROM scratch', 'RUN a', '\0', '__proto__'])('are none in %j', (text) => {
    expect(baseImages(text)).toEqual([])
  })
})

describe('the line of a step', () => {
  it.each([
    ['[build 1/4] FROM docker.io/library/busybox:base', 3],
    ['[build 2/4] WORKDIR /app', 4],
    ['[build 3/4] RUN <<EOF (FROM nowhere)', 6],
    ['[build 4/4] COPY --link a   b /x/', 9],
    ['[stage-1 2/2] COPY --from=build /x /x', 12],
    ['[linux/arm64 stage-2 1/1] RUN echo 1', 14],
    ['[internal] load build context', undefined],
    ['[build 9/9] RUN nothing', undefined],
    ['[__proto__ 1/1] FROM x', undefined],
    ['exporting to image', undefined],
  ])('of %s is %s', (name, line) => {
    expect(lineOfStep(stages, name)).toBe(line)
  })

  it('is found if the stage begins with no image, because BuildKit does not number its FROM', () => {
    expect(lineOfStep('FROM scratch\nCOPY a /', '[1/1] COPY a /')).toBe(2)
  })

  it('is found if BuildKit writes the number with the width of the last one', () => {
    const runs = Array.from({ length: 10 }, (_, index) => `RUN ${String(index)}`)
    const long = ['FROM a AS One', ...runs]
    expect(lineOfStep(long.join('\n'), '[ 2/11] RUN 0')).toBe(2)
    expect(lineOfStep([...long, 'FROM b', 'RUN c'].join('\n'), '[one  3/11] RUN 1')).toBe(3)
    expect(lineOfStep([...long, 'FROM b', 'RUN c'].join('\n'), '[linux/arm64 one 11/11] RUN 9')).toBe(11)
  })

  it('is found without a stage name if there is one stage', () => {
    expect(lineOfStep('FROM a\nENV B=1\nRUN c\n', '[2/2] RUN c')).toBe(3)
  })
})
