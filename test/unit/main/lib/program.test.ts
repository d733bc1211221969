import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findProgram, programOutput, runProgram, shellCommand } from '../../../../src/main/lib/program'

describe.skipIf(process.platform === 'win32')('a program', () => {
  let folder: string
  const folders = () => ['a', 'b', 'c'].map((name) => join(folder, name))

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-program-'))
    for (const each of folders()) await mkdir(each)
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function install(path: string): Promise<string> {
    const file = join(folder, path)
    await writeFile(file, '#!/bin/sh\n')
    await chmod(file, 0o755)
    return file
  }

  it('is found in the first folder that contains it', async () => {
    const [a = '', b = '', c = ''] = folders()
    const last = await install('c/tool')
    expect(await findProgram('tool', { path: [a, b].join(delimiter), after: [c] })).toBe(last)
    const second = await install('b/tool')
    expect(await findProgram('tool', { path: [a, b].join(delimiter), after: [c] })).toBe(second)
    expect(await findProgram('tool', { path: b, before: [c] })).toBe(last)
  })

  it('is not found if it is a folder or not executable', async () => {
    const [a = '', b = ''] = folders()
    await mkdir(join(a, 'tool'))
    await writeFile(join(b, 'tool'), '')
    expect(await findProgram('tool', { path: [a, b].join(delimiter) })).toBeUndefined()
  })

  it('is not searched for in the current folder', async () => {
    await install('tool')
    const before = process.cwd()
    process.chdir(folder)
    try {
      expect(await findProgram('tool', { path: '' })).toBeUndefined()
    } finally {
      process.chdir(before)
    }
  })

  it('returns its output', async () => {
    expect(await programOutput('sh', ['-c', 'echo "$NAME"'], { env: { NAME: 'berth' } })).toBe('berth')
  })

  it('returns no output when it fails, takes too long, or does not exist', async () => {
    expect(await programOutput('sh', ['-c', 'echo some; exit 1'])).toBe('')
    expect(await programOutput('sh', ['-c', 'echo some; exec sleep 10'], { timeout: 50 })).toBe('')
    expect(await programOutput(join(folder, 'tool'), [])).toBe('')
  })

  it('gets its arguments unchanged from a shell', async () => {
    const words = ['printf', '%s|', "it's", '$HOME `id` "x"', '', 'a\nb', '\\', '*']
    expect(await programOutput('sh', ['-c', shellCommand(words)])).toBe(`${words.slice(2).join('|')}|`)
  })

  it('that fails is reported with its exit code', async () => {
    await expect(runProgram('sh', ['-c', 'exit 3'])).rejects.toMatchObject({ exitCode: 3 })
  })
})
