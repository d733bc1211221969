import { describe, expect, it } from 'vitest'
import { shellChoiceSchema } from '../../../src/shared/shells'

describe('shellChoiceSchema', () => {
  it.each([
    {},
    { shell: 'tools' },
    { shell: '/bin/sh', user: 'app', folder: '/' },
    { user: '1000:1000' },
    { user: 'www-data:_group$' },
    { folder: '/한글 folder' },
  ])('accepts %j', (choice) => {
    expect(shellChoiceSchema.parse(choice)).toEqual(choice)
  })

  it.each([
    { shell: 'sh' },
    { shell: '/bin/sh\n' },
    { user: '' },
    { user: '-x' },
    { user: 'a b' },
    { user: 'a:b:c' },
    { user: "a';reboot" },
    { folder: 'relative' },
    { folder: '/a\u0000b' },
    { folder: `/${'a'.repeat(4096)}` },
  ])('refuses %j', (choice) => {
    expect(shellChoiceSchema.safeParse(choice).success).toBe(false)
  })
})
