import { expect, it } from 'vitest'
import { parseSize, writeSize } from '../../../src/shared/sizes'

it.each([0, 1, 1023, 1024, 1536, 512 * 1024 ** 2, 3 * 1024 ** 3, 6_291_457])(
  'reads the size %d again',
  (bytes) => {
    expect(parseSize(writeSize(bytes))).toBe(bytes)
  },
)
