import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { fileSystemOf, freeBytes, isNoSpace, noSpaceError } from '../../../../src/main/lib/free-space'

it('knows the size and the free space of a file system', async () => {
  const { total, free } = await fileSystemOf(tmpdir())
  expect(total).toBeGreaterThan(0)
  expect(free).toBeLessThanOrEqual(total)
  expect(await freeBytes(tmpdir())).toBeGreaterThanOrEqual(0)
})

it('treats a full quota like a full disk', () => {
  const failed = (code: string) => Object.assign(new Error(code), { code })
  expect([failed('ENOSPC'), failed('EDQUOT'), failed('EIO'), 'ENOSPC'].map(isNoSpace)).toEqual([
    true,
    true,
    false,
    false,
  ])
})

it('names the folder, the free space and the needed space in the error', () => {
  expect(noSpaceError('/home', { free: 1e6, needed: 2e9 })).toMatchObject({
    code: 'host.no-space',
    params: { folder: '/home', free: '1 MB', needed: '2 GB' },
  })
})
