import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { run } from './dist'

const repository = join(import.meta.dirname, '../..')
const renderer = join(repository, 'dist/renderer')
/** The limit of all scripts together, in bytes after gzip. */
const limit = 250_000

describe('the first page', () => {
  let files: string[]

  beforeAll(async () => {
    await run(process.execPath, ['scripts/build.mjs'], { cwd: repository })
    files = await filesOf(/^(?:HomePage|en)-/)
  })

  it('loads less than 250 kB of scripts', () => {
    const scripts = files.filter((name) => name.endsWith('.js'))
    const sizes = scripts.map((name) => gzipSync(readFileSync(join(renderer, 'assets', name))).length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(limit)
  })

  it('loads the texts of one language, and no code of zod', () => {
    expect(files.filter((name) => /^(?:en|ko)-/.test(name))).toHaveLength(1)
    for (const name of files)
      expect(readFileSync(join(renderer, 'assets', name), 'utf8')).not.toContain('ZodObject')
  })
})

/** The scripts and styles of index.html, the chunks whose names match `chunks`, and everything that these import. */
async function filesOf(chunks: RegExp): Promise<string[]> {
  const page = readFileSync(join(renderer, 'index.html'), 'utf8')
  const names = [...page.matchAll(/\/assets\/([^"]+\.(?:js|css))"/g)].map(([, name = '']) => name)
  names.push(...(await readdir(join(renderer, 'assets'))).filter((name) => chunks.test(name)))
  const found = new Set<string>()
  while (names.length > 0) {
    const name = names.pop() ?? ''
    if (found.has(name)) continue
    found.add(name)
    if (!name.endsWith('.js')) continue
    const script = readFileSync(join(renderer, 'assets', name), 'utf8')
    names.push(...[...script.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)].map(([, next = '']) => next))
  }
  return [...found]
}
