import { describe, expect, it } from 'vitest'
import { isOwnAddress } from '../../../../src/main/ports/port-probe'

describe('isOwnAddress', () => {
  it('is true only for addresses of this computer', async () => {
    expect(await Promise.all(['127.0.0.1', '0.0.0.0'].map(isOwnAddress))).toEqual([true, true])
    expect(await Promise.all(['198.51.100.7', '2001:db8::7'].map(isOwnAddress))).toEqual([false, false])
  })
})
