import { describe, expect, it } from 'vitest'
import { shellQuoted } from '../../../../src/renderer/lib/exec-words'
import { splitShellWords } from '../../../../src/renderer/lib/shell-quoting'

describe('the arguments of a program as a shell line', () => {
  it('are quoted only if they must be', () => {
    expect(shellQuoted(['sh', '-c', 'echo "it\'s"', ''])).toBe(`sh -c 'echo "it'\\''s"' ''`)
  })

  it('can be split again', () => {
    const words = ['a b', "'", '"', '\\', '$HOME', '*', 'plain', '', 'new\nline', '한글']
    expect(splitShellWords(shellQuoted(words))).toEqual({ words })
  })
})
