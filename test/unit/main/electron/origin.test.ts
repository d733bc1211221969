import { expect, test } from 'vitest'
import { parseOwnUrl } from '../../../../src/main/electron/origin'

test.each(['app://berth/', 'app://berth', 'app://berth/shell/abc?x=1#y'])('%s is ours', (url) => {
  expect(parseOwnUrl(url)?.host).toBe('berth')
})

test.each([
  'app://berth.evil/',
  'app://berthevil/',
  'app://berth:1/',
  'app://user@berth/',
  'app://:secret@berth/',
  'http://berth/',
  'file:///app/berth',
  'apps://berth/',
  'about:blank',
  'data:text/html,app://berth/',
  'null',
  '',
])('%s is not', (url) => {
  expect(parseOwnUrl(url)).toBeUndefined()
})
