import { describe, expect, it } from 'vitest'
import { joinShellWords, splitShellWords } from '../../../src/shared/shell-words'

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
    ['sh -c "echo a\n  echo b"', ['sh', '-c', 'echo a\n  echo b']],
    ['nginx \\\n  -g "daemon \\\noff;"', ['nginx', '-g', 'daemon off;']],
    ['echo 안녕 "반가 워"', ['echo', '안녕', '반가 워']],
  ])('splits %j as a shell does, but expands nothing', (text, words) => {
    expect(splitShellWords(text)).toEqual({ words })
  })

  it.each(['echo "hi', "echo 'hi", 'echo "a\\"'])('reports the unclosed quote in %j', (text) => {
    expect(splitShellWords(text)).toEqual({ problem: 'unclosed-quote' })
  })

  it('reports a backslash at the end of the text', () => {
    expect(splitShellWords('echo \\')).toEqual({ problem: 'trailing-backslash' })
  })
})

describe('joinShellWords', () => {
  it('quotes the arguments of a program only if it must', () => {
    expect(joinShellWords(['sh', '-c', 'echo "it\'s"', ''])).toBe(`sh -c 'echo "it'\\''s"' ''`)
  })

  it('writes a line that can be split again', () => {
    const words = ['a b', "'", '"', '\\', '$HOME', '*', 'plain', '', 'new\nline', '한글']
    expect(splitShellWords(joinShellWords(words))).toEqual({ words })
  })
})

it.each([[['a']], [['sh', '-c', 'it\'s "$HOME" \\ x\ny']], [['', '*']]])(
  'splits what it joins: %j',
  (list) => {
    expect(splitShellWords(joinShellWords(list))).toEqual({ words: list })
  },
)
