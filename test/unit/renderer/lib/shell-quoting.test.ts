import { describe, expect, it } from 'vitest'
import { splitShellWords } from '../../../../src/renderer/lib/shell-quoting'

describe('splitShellWords', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['   ', []],
    ['sleep 60', ['sleep', '60']],
    ['  sh   -c  "echo hi"  ', ['sh', '-c', 'echo hi']],
    ['sh -c \'echo "$HOME" \\n\'', ['sh', '-c', 'echo "$HOME" \\n']],
    ['a\\ b c', ['a b', 'c']],
    ['"a \\"quoted\\" \\$x \\\\ \\n"', ['a "quoted" $x \\ \\n']],
    ['--name="two words"x', ['--name=two wordsx']],
    ['\'\' ""', ['', '']],
    ['echo *.txt $HOME ~', ['echo', '*.txt', '$HOME', '~']],
    ['a\tb\nc', ['a', 'b', 'c']],
    ['echo 안녕 "반가 워"', ['echo', '안녕', '반가 워']],
  ])('splits %j like a shell', (text, words) => {
    expect(splitShellWords(text)).toEqual({ words })
  })

  it.each(['echo "hi', "echo 'hi", 'echo "a\\"'])('says that a quote of %j is open', (text) => {
    expect(splitShellWords(text)).toEqual({ problem: 'unclosed-quote' })
  })

  it('says that a backslash at the end escapes nothing', () => {
    expect(splitShellWords('echo \\')).toEqual({ problem: 'trailing-backslash' })
  })
})
