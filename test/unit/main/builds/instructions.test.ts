import { DockerfileParser, type Instruction } from 'dockerfile-ast'
import { describe, expect, it } from 'vitest'
import { comparedText, remembered, textOf } from '../../../../src/main/builds/instructions'

function instruction(...lines: string[]): Instruction {
  const [found] = DockerfileParser.parse(lines.join('\n')).getInstructions()
  if (found === undefined) throw new Error('there is no instruction')
  return found
}

describe('the text of an instruction', () => {
  it.each<[string[], string]>([
    [['run  a'], 'RUN  a'],
    [['RUN a \\', '  b'], 'RUN a   b'],
    [['RUN a \\ ', '# comment', '', '  # comment', '  b\\', 'c'], 'RUN a   bc'],
    [['RUN a \\', 'b \\', ''], 'RUN a b'],
    [['RUN <<E', 'a', '', '# no comment', 'b', 'E'], 'RUN <<E\na\n\n# no comment\nb\nE'],
  ])('of %j is what BuildKit compares', (lines, text) => {
    expect(comparedText(instruction(...lines))).toBe(text)
  })

  it('is one line for the user', () => {
    expect(textOf(instruction('RUN <<E', 'a', '  b', 'E'))).toBe('RUN <<E a b E')
  })

  it('is read once for each instruction', () => {
    let reads = 0
    const read = remembered(() => (reads += 1))
    const [one, other] = [instruction('RUN a'), instruction('RUN a')]
    expect([read(one), read(one), read(other), read(one)]).toEqual([1, 1, 2, 1])
  })
})
