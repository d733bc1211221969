import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { folderLineSchema, wasteLineSchema } from '../../../../src/main/image-layers/guest-lines'

/** The guest's program, compiled for this computer with little memory for names. It reads folders of this test. */
describe.skipIf(process.platform !== 'linux')('the walk through the layers of an image', () => {
  let folder: string
  let program: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-image-walk-'))
    program = join(folder, 'isolation')
    writeFileSync(join(folder, 'syscall-names.h'), '[83] = "mkdir",')
    const sources = [
      ...['main', 'layers', 'process', 'refusals', 'watch'],
      ...['image-compare', 'image-files', 'image-largest', 'image-walk', 'image-waste'],
    ].map((name) => `vm-assets/agent/isolation/${name}.c`)
    const options = ['-O1', '-fsanitize=address,undefined', '-DMAX_KEPT_BYTES=5000', `-I${folder}`]
    await execa('cc', [...options, '-o', program, ...sources])
  }, 60_000)
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  function layer(name: string, files: readonly string[]): string {
    const path = join(folder, name)
    for (const file of files) {
      mkdirSync(join(path, file, '..'), { recursive: true })
      writeFileSync(join(path, file), 'xy')
    }
    return path
  }
  /** Holds the input open, because its end would end the program. */
  async function run(...words: string[]): Promise<string[]> {
    const { stdout } = await execa(program, words, { stdin: 'pipe', reject: false })
    return stdout.split('\n')
  }
  async function waste(...layers: string[]) {
    const lines = await run('image-waste', ...layers.map((path) => `layer=${path}`))
    expect(lines[0]).toBe('ok')
    return wasteLineSchema(layers.length).parse(JSON.parse(lines.at(-1) ?? ''))
  }
  const names = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${String(index)}`)

  it('forgets the names of a folder that it has left', async () => {
    const path = layer(
      'wide',
      ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((name) => names(`${name}/file`, 20)),
    )
    expect(await waste(path)).toMatchObject({ layers: [{ files: 120, bytes: 240 }], limit: null })
  })

  it('stops at the limit of memory, and says so', async () => {
    const path = layer(
      'deep',
      ['', 'a/', 'a/b/', 'a/b/c/'].flatMap((prefix) => names(`${prefix}file`, 20)),
    )
    const result = await waste(path)
    expect(result).toMatchObject({ type: 'result', limit: 'memory' })
  })

  it('tells that a layer was removed', async () => {
    const path = layer('kept', ['file', 'folder/inner'])
    const words = ['image-folder', `layer=${path}`, `layer=${path}-removed`, 'from=0']
    expect(await run(...words, 'path=/')).toEqual(['error gone'])
    expect(await run('image-folder', `layer=${path}`, 'from=0', 'path=/nowhere')).toEqual(['error not-found'])
    const [first, line] = await run('image-folder', `layer=${path}`, 'from=0', 'path=/folder')
    expect(first).toBe('ok')
    expect(folderLineSchema(1).parse(JSON.parse(line ?? ''))).toMatchObject({
      ...{ count: 1, more: false },
      entries: [{ name: 'inner', type: 'file', size: 2, deed: 'added' }],
    })
  })
})
