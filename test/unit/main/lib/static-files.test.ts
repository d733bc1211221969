import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findStaticFile } from '../../../../src/main/lib/static-files'

let outer: string
let folder: string

beforeAll(async () => {
  outer = await mkdtemp(join(tmpdir(), 'berth-static-'))
  folder = join(outer, 'bundle')
  await mkdir(join(folder, 'assets'), { recursive: true })
  const names = ['index.html', 'assets/app.js', 'assets/app.js.map', 'assets/font.woff2', 'module.wasm']
  for (const name of names) await writeFile(join(folder, name), name)
  await writeFile(join(outer, 'secret.json'), '{}')
})
afterAll(() => rm(outer, { recursive: true }))

it('serves the page for every path of the page’s router', async () => {
  for (const path of ['/', '/index.html', '/containers/abc'])
    expect(await findStaticFile(folder, path)).toEqual({
      path: join(folder, 'index.html'),
      bytes: 'index.html'.length,
      contentType: 'text/html; charset=utf-8',
      immutable: false,
    })
})

it.each([
  ['/assets/app.js', 'text/javascript; charset=utf-8', true],
  ['/assets/font.woff2', 'font/woff2', true],
  ['/module.wasm', 'application/wasm', false],
])('serves %s', async (path, contentType, immutable) => {
  expect(await findStaticFile(folder, path)).toMatchObject({ contentType, immutable })
})

it.each([
  '/assets/missing.js',
  '/assets/app.js.map',
  '/../secret.json',
  '/%2e%2e/secret.json',
  '/%',
  '/index.html%00.js',
])('does not serve %s', async (path) => {
  expect(await findStaticFile(folder, path)).toBeUndefined()
})
