import { describe, expect, it } from 'vitest'
import { formatBytes, formatMemory } from '../../../src/shared/bytes'

describe('formatBytes', () => {
  it.each<[number, string]>([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [4_260_000, '4.26 MB'],
    [59_800_000, '59.8 MB'],
    [438_000_000, '438 MB'],
    [999_600_000, '1 GB'],
    [1_240_000_000, '1.24 GB'],
    [-1, '0 B'],
  ])('shows %d bytes as %s, with at most three significant digits', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

describe('formatMemory', () => {
  it('counts in powers of 1024', () => {
    expect(formatMemory(512 * 1024 ** 2)).toBe('512 MiB')
    expect(formatMemory(2_060_000_000)).toBe('1.9 GiB')
  })
})
