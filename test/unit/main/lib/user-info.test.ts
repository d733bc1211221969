import { expect, it } from 'vitest'
import { withoutUserInfo } from '../../../../src/main/lib'

it.each([
  ['https://token@git.example/app.git#main', 'https://git.example/app.git#main'],
  ['https://user:p@ss@git.example/a@b', 'https://git.example/a@b'],
  ['https://git.example/app.git?from=a@b', 'https://git.example/app.git?from=a@b'],
  ['git@git.example:app.git', 'git@git.example:app.git'],
  ['~/my@app', '~/my@app'],
])('%s is kept without a token', (url, kept) => {
  expect(withoutUserInfo(url)).toBe(kept)
})
