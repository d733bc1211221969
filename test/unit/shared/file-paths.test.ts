import { describe, expect, it } from 'vitest'
import {
  encodeFileName,
  encodeFilePath,
  fileNameProblem,
  joinFilePath,
  lastFileName,
  parentFilePath,
  showFileName,
} from '../../../src/shared/file-paths'
import { filePathSchema } from '../../../src/shared/files'

describe('file names', () => {
  it.each(['plain.txt', 'with space', '한글 파일', 'emoji 🚀', '100%', 'a&b;c$(d)`e`', 'quote\'"'])(
    'are the same after encoding and showing: %s',
    (name) => {
      const encoded = encodeFileName(name)
      expect(encoded).toMatch(/^[A-Za-z0-9._~%-]+$/)
      expect(showFileName(encoded)).toBe(name)
    },
  )

  it('are shown with their bytes if they are not UTF-8', () => {
    expect(showFileName('bad%FFname%C3')).toBe('bad\\xFFname\\xC3')
  })

  it('cannot hide characters', () => {
    expect(showFileName(encodeFileName('photo\u202egnp.exe'))).toBe('photo\\u{202E}gnp.exe')
    expect(showFileName(encodeFileName('two\nlines\u001b[31m'))).toBe('two\\u{A}lines\\u{1B}[31m')
  })

  it('are checked while the user types', () => {
    expect(fileNameProblem('.env')).toBeUndefined()
    expect(fileNameProblem('')).toBe('empty')
    expect(fileNameProblem('a/b')).toBe('slash')
    expect(fileNameProblem('..')).toBe('dots')
    expect(fileNameProblem('가'.repeat(85))).toBeUndefined()
    expect(fileNameProblem('가'.repeat(86))).toBe('too-long')
  })
})

describe('file paths', () => {
  it('are joined and split', () => {
    expect(joinFilePath('/', 'etc')).toBe('/etc')
    expect(joinFilePath('/etc', 'passwd')).toBe('/etc/passwd')
    expect(parentFilePath('/etc/passwd')).toBe('/etc')
    expect(parentFilePath('/etc')).toBe('/')
    expect(parentFilePath('/')).toBe('/')
    expect(lastFileName('/etc/passwd')).toBe('passwd')
    expect(encodeFilePath('/my data/한')).toBe('/my%20data/%ED%95%9C')
  })

  it.each(['/', '/etc', '/a/b%FF', '/..', '/~x', `/${'a'.repeat(1000)}/b`])('are accepted: %s', (path) => {
    expect(filePathSchema.safeParse(path).success).toBe(true)
  })

  it.each([
    '',
    'etc',
    '//',
    '/etc/',
    '/a//b',
    '/a b',
    '/%00',
    '/a%2Fb',
    '/%ff',
    '/%4',
    '/a;b',
    '/a\n',
    '/$(x)',
  ])('are refused: %j', (path) => {
    expect(filePathSchema.safeParse(path).success).toBe(false)
  })
})
