import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { JsonFile, jsonReason } from '../../../../src/main/lib/json-file'

const schema = z.object({ count: z.number() })
let folder: string
let file: JsonFile<z.infer<typeof schema>>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-json-'))
  file = new JsonFile({ path: join(folder, 'file.json'), schema })
})
afterEach(() => rm(folder, { recursive: true }))

it('reads the value that was written to the file', async () => {
  await file.write({ count: 1 })
  expect(await file.read()).toEqual({ count: 1 })
  expect(await readFile(file.path, 'utf8')).toBe('{"count":1}')
})

it('returns undefined before the file is written and after the file is removed', async () => {
  expect(await file.read()).toBeUndefined()
  await file.write({ count: 1 })
  await file.remove()
  await file.remove()
  expect(await file.read()).toBeUndefined()
  expect(await file.readIfValid()).toBeUndefined()
})

it('indents the text if the option `indent` is set', async () => {
  const { path } = file
  await new JsonFile({ path, schema, indent: 2 }).write({ count: 1 })
  expect(await readFile(path, 'utf8')).toBe('{\n  "count": 1\n}\n')
})

it.each(['{"count":', '{"count":"1"}', ''])('refuses a file with the text %j', async (text) => {
  await writeFile(file.path, text)
  await expect(file.read()).rejects.toThrow()
  expect(await file.readIfValid()).toBeUndefined()
})

it('leaves the content of a broken file out of `jsonReason`', async () => {
  await writeFile(file.path, '{"password": "secret"')
  const error = await file.read().catch((caught: unknown) => caught)
  expect(jsonReason(error)).toMatch(/^it is not JSON/)
  expect(jsonReason(error)).not.toContain('secret')
  expect(jsonReason(new Error('EACCES'))).toBe('EACCES')
})
