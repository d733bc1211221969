import { describe, expect, it } from 'vitest'
import { ignorePattern } from '../../../../src/main/builds/ignore-pattern'

const raw = String.raw

describe('a pattern of a .dockerignore', () => {
  // Most of these come from the tests of github.com/moby/patternmatcher.
  it.each<[string, string, boolean]>([
    ['**.env', 'prod.env', true],
    ['**.env', '.env', true],
    ['**.pem', 'keys/a.pem', true],
    ['**.pem', 'keys/a.pem.pub', false],
    ['**file', 'dir/dir/file', true],
    ['**/.foo', 'bar.foo', false],
    ['**/foo/bar', 'foo/bar', true],
    ['**/foo/bar', 'dir/foo/bar', true],
    ['**', 'dir/file', true],
    ['**/**', 'dir/file', true],
    ['a**', 'ab/c', true],
    ['dir/**', 'dir/dir2/file', true],
    ['dir/**', 'dir', false],
    // With another wildcard, `**` takes whole folders only.
    ['**.t*', 'prod.txt', false],
    ['**.t*', 'dir/.txt', true],
    ['**/dir2/*', 'dir/dir2/file', true],
    ['**/dir2/**', 'dir/dir2/dir3/file', true],
    ['**/file*.txt*', 'dir/dir/file.txt', true],
    ['**/**/*.txt2', 'dir/dir/file.txt', false],
    ['a**/*.txt', 'a/dir/dir/file.txt', true],
    ['a/*.txt', 'a/dir/file.txt', false],
    ['a/*.txt**', 'a/file.txt', true],
    ['a*b*c*d*e*/f', 'axbxcxdxexxx/f', true],
    ['a*b*c*d*e*/f', 'axbxcxdxe/xxx/f', false],
    ['a*b?c*x', 'abxbbxdbxebxczzx', true],
    ['a*b?c*x', 'abxbbxdbxebxczzy', false],
    ['*x', 'xxx', true],
    ['a.|)$(}+{b*', 'a.|)$(}+{bc', true],
    ['a?b', 'a☺b', true],
    ['a???b', 'a☺b', false],
    ['a?b', 'a/b', false],
    ['a[^a]b', 'a☺b', true],
    ['a[^a]b', 'a/b', true],
    ['ab[^b-d]', 'abc', false],
    ['[a-ζ]*', 'α', true],
    ['*[a-ζ]', 'A', false],
    [raw`[\]a]`, ']', true],
    [raw`[\-x]`, '-', true],
    [raw`[\-x]`, 'a', false],
    [raw`[\^a]`, '^', true],
    ['[a^]', '^', true],
    ['[!a]', '!', true],
    ['[a-c0-9]x', '7x', true],
    [raw`a\\*`, raw`a\b`, true],
    [raw`\[a\]`, '[a]', true],
    [raw`v\d*`, 'v1', true],
    [raw`v\d*`, 'vd', false],
    [raw`[\D]`, '1', false],
    ['[[:upper:]]a', 'Ba', true],
    ['[[:^upper:]]a', 'Ba', false],
    // Docker reads these as parts of a regular expression too.
    ['^a*', 'ab', true],
    ['a^*', 'a^b', false],
    [raw`src\build`, 'srcbuild', false],
    ['[*]', '*', false],
    ['[*]', '/]', true],
    ['[?]', '^]', true],
    ['a**b*', 'a\n/b', false],
    ['a**', 'a\n/b', true],
  ])('%j and %j: %s', (pattern, path, isMatch) => {
    expect(ignorePattern(pattern)(path)).toBe(isMatch)
  })

  it.each([
    ...['[]a]', '[-]', '[x-]', '[-x]', '[a-b-c]', '[', '[^', '[^]', '[^bc', 'a[', '*[', '[z-a]', '[[:no:]]'],
    ...['\\', raw`a\yb`, raw`a\한`, raw`[\b]`, '[?[]'],
  ])('is refused: %j', (pattern) => {
    expect(() => ignorePattern(pattern)).toThrow(SyntaxError)
  })

  // With backtracking, these run for longer than a test may.
  it.each([
    [`${'*a'.repeat(40)}*b`, 'a'.repeat(250)],
    [`${'**/'.repeat(40)}*x`, 'a/'.repeat(2000)],
    [`${'[a-b]*?*'.repeat(40)}/`, 'a'.repeat(250)],
  ])('needs little time, although it does not match', (pattern, path) => {
    expect(ignorePattern(pattern)(path)).toBe(false)
  })

  it('needs little time to be refused', () => {
    expect(() => ignorePattern(`${'[^a]'.repeat(50_000)}[`)).toThrow(SyntaxError)
  })
})
