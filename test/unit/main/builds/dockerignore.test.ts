import { describe, expect, it } from 'vitest'
import { IgnoreRules } from '../../../../src/main/builds/dockerignore'

describe('the rules of a .dockerignore', () => {
  // Most of these come from the tests of github.com/moby/patternmatcher.
  it.each<[string, string, boolean]>([
    ['node_modules', 'node_modules', true],
    ['node_modules', 'node_modules/a/b.js', true],
    ['node_modules', 'app/node_modules', false],
    ['**/node_modules', 'app/node_modules/x', true],
    ['**/node_modules', 'node_modules', true],
    ['/dist/', 'dist/a', true],
    ['./dist', 'dist', true],
    ['a/../dist', 'dist', true],
    ['*.log', 'a.log', true],
    ['*.log', 'b/a.log', false],
    ['*/*.log', 'b/a.log', true],
    ['**/*.log', 'b/c/a.log', true],
    ['**', 'anything/at/all', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['**/**/*.txt', 'a/b.txt', true],
    ['?.txt', 'a.txt', true],
    ['?.txt', 'ab.txt', false],
    ['[a-c].txt', 'b.txt', true],
    ['[^a-c].txt', 'b.txt', false],
    ['a[b-d]e', 'ace', true],
    ['C++ (old)', 'C++ (old)/x', true],
    ['a.b', 'axb', false],
    ['{a,b}|$', '{a,b}|$', true],
    [String.raw`a\*b`, 'a*b', true],
    [String.raw`a\*b`, 'axb', false],
    ['# a', '# a', false],
    ['  #a', '#a', true],
    ['\uFEFFa', 'a', true],
    ['a\r\nb', 'a', true],
    ['*\n!keep', 'keep', false],
    ['*\n!keep', 'lost', true],
    ['*\n! keep', 'keep', false],
    ['docs\n!docs/README.md', 'docs/README.md', false],
    ['docs\n!docs/README.md', 'docs/other', true],
    ['!docs/README.md\ndocs', 'docs/README.md', true],
    ['**\n!**/*.md', 'a/b/README.md', false],
    ['**\n!a\na/secret', 'a/secret', true],
    ['**\n!a\na/secret', 'a/other', false],
    ['**.env', 'prod.env', true],
    ['**.pem', 'keys/a.pem', true],
    ['**.pem', 'keys.pem/a', true],
    ['*\n!**.md', 'README.md', false],
    ['*\n!**.md', 'README.txt', true],
    // buildx skips a rule for a folder if the rule would change nothing there.
    ['a/b\n!a', 'a/b', true],
    ['__proto__', '__proto__/x', true],
    ['', 'a', false],
    ['.', 'a', false],
  ])('%j and %j: %s', (text, path, ignored) => {
    expect(IgnoreRules.parse(text, '.dockerignore').ignores(path)).toBe(ignored)
  })

  it.each(['[a', 'a\n!', '[]a-'])('are refused if a line is no pattern: %j', (text) => {
    expect(() => IgnoreRules.parse(text, '/app/.dockerignore')).toThrow(
      expect.objectContaining({ code: 'build.ignore-invalid' }) as Error,
    )
  })

  it('apply to paths in any order', () => {
    const rules = IgnoreRules.parse('a\n!a/b\n**/c', '')
    const paths = ['a/b/x', 'a', 'a/x', 'a/b/c/y', 'a/b/x', 'x/y', 'b/x/y/z', 'b/c']
    const ignored = paths.filter((path) => rules.ignores(path))
    expect(ignored).toEqual(['a', 'a/x', 'a/b/c/y', 'b/c'])
  })

  it('tell which ignored folders cannot hold an exception', () => {
    const rules = IgnoreRules.parse('node_modules\n.env*\n!.env.example\n!docs/a/b', '')
    expect(rules.mayHaveExceptions('node_modules')).toBe(false)
    expect(rules.mayHaveExceptions('docs')).toBe(true)
    expect(rules.mayHaveExceptions('docs/a')).toBe(true)
    expect(rules.mayHaveExceptions('doc')).toBe(false)
    expect(IgnoreRules.parse('*\n!**/*.md', '').mayHaveExceptions('node_modules')).toBe(true)
  })
})
