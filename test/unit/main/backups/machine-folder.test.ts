import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  makeFolderBeside,
  removeOldContent,
  swapBack,
  swapIn,
  undoSwap,
  unpack,
} from '../../../../src/main/backups/machine-folder'
import type { TarHeader } from '../../../../src/main/backups/tar-format'
import type { SshLink } from '../../../../src/main/ssh'

type Link = Pick<SshLink, 'exec'>

const tarHeaderOf = (path: string): TarHeader => ({
  path,
  type: 'link',
  link: 'target',
  mode: 0o777,
  user: 5,
  group: 6,
  size: 0,
  changedAt: 1,
  device: { major: 0, minor: 0 },
})

describe('the replacement of a volume’s content', () => {
  let parent: string
  let folder: string
  let path: string
  const link = {
    exec: (script: string) => {
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], {
        encoding: 'utf8',
        env: { PATH: path },
      })
      return Promise.resolve({ code: status ?? -1, stdout, stderr })
    },
  }
  const content = () => readFile(join(folder, 'file'), 'utf8').catch(() => undefined)
  const fill = async (name: string, text: string) => {
    await mkdir(name)
    await writeFile(join(name, 'file'), text)
  }

  beforeEach(async () => {
    parent = join(await mkdtemp(join(tmpdir(), 'berth-folder-')), "a volume's")
    folder = join(parent, '_data')
    path = process.env.PATH ?? ''
    await mkdir(parent)
    await fill(folder, 'old')
  })
  afterEach(() => rm(join(parent, '..'), { recursive: true }))

  const unpacked = async () => {
    const next = await makeFolderBeside(link, folder)
    await writeFile(join(next, 'file'), 'new')
  }

  it('changes the owners of links, whatever their names are', async () => {
    const commands: string[] = []
    const exec: Link['exec'] = async (command, options) => {
      commands.push(command)
      if (options?.input instanceof Readable) await buffer(options.input)
      return { code: 0, stdout: '', stderr: '' }
    }
    const header = tarHeaderOf('./-R')
    const seen = { folders: new Map(), links: new Map([['-R', header]]) }
    await unpack({ exec }, { folder: '/v', archive: Readable.from([]), seen })
    expect(commands[1]).toBe("cd '/v' && exec xargs -0 chown -h -- 5:6")
  })

  it('swaps the folders, and can give the old content back', async () => {
    await unpacked()
    expect(await swapIn(link, folder)).toBe(true)
    expect(await content()).toBe('new')
    await swapBack(link, folder)
    expect(await content()).toBe('old')
    expect(await swapIn(link, folder)).toBe(true)
    await removeOldContent(link, folder)
    expect(await content()).toBe('new')
    expect(await readdir(parent)).toEqual(['_data'])
  })

  it('changes nothing if a container has mounted the old content meanwhile', async () => {
    await unpacked()
    const programs = join(parent, '..', 'programs')
    await mkdir(programs)
    await writeFile(
      join(programs, 'grep'),
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${join(programs, 'words')}'\nexit 0\n`,
    )
    await chmod(join(programs, 'grep'), 0o755)
    path = `${programs}:${path}`
    expect(await swapIn(link, folder)).toBe(false)
    expect(await content()).toBe('old')
    const words = (await readFile(join(programs, 'words'), 'utf8')).split('\n')
    expect(words).toContain("/a volume's/_data.berth-old ")
    expect(words).toContain("/a volume's/_data.berth-old/")
  })

  /**
   * The renames of a swap whose link was cut, and those of the undo. Each step of one of them may come between any two
   * steps of the other one.
   */
  const orders = (swap: readonly string[], undo: readonly string[]): string[][] => {
    const [first, ...swapRest] = swap
    const [second, ...undoRest] = undo
    if (first === undefined) return [[...undo]]
    if (second === undefined) return [[...swap]]
    return [
      ...orders(swapRest, undo).map((rest) => [first, ...rest]),
      ...orders(swap, undoRest).map((rest) => [second, ...rest]),
    ]
  }

  it('keeps the old or the new content in every order of an interrupted swap and its undo', async () => {
    const swap = ['mv -T p old', 'mv -T new p || rollback=1', '[ -z "$rollback" ] || mv -T old p']
    const undo: string[] = []
    // The real script, with short names.
    await undoSwap(
      {
        exec: (script) => {
          const short = script
            .replaceAll(/'[^ ;]*_data\.berth-(\w+)'/g, '$1')
            .replaceAll(/'[^;]*?_data'/g, 'p')
          undo.push(...short.split(/\n|; (?=mv)/))
          return Promise.resolve({ code: 0, stdout: '', stderr: '' })
        },
      },
      '/v/data/_data',
    )
    expect(undo.length).toBeGreaterThanOrEqual(5)
    const all = orders(
      swap,
      undo.map((step) => step.replace('exit 1', 'true')),
    )
    const script = all
      .map((order, index) => {
        const steps = order.map((step) => `{ ${step}; } 2>/dev/null`).join('\n')
        return `mkdir ${String(index)} && cd ${String(index)} && mkdir p new && echo old > p/f && echo new > new/f
rollback=
${steps}
echo "$(cat p/f) $(ls)" | tr '\\n' ' '; echo; cd ..`
      })
      .join('\n')
    const results = execFileSync('/bin/sh', ['-c', script], { cwd: parent, encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(results).toHaveLength(all.length)
    for (const [index, result] of results.entries())
      expect(result.trim(), all[index]?.join('\n')).toMatch(/^(?:old|new) p$/)
  })

  it('is undone before and after the swap', async () => {
    await unpacked()
    await undoSwap(link, folder)
    expect(await content()).toBe('old')
    // The interrupted swap continues after the undo.
    await expect(swapIn(link, folder)).rejects.toMatchObject({ code: 'files.failed' })
    expect(await content()).toBe('old')
    await unpacked()
    await swapIn(link, folder)
    await undoSwap(link, folder)
    expect(await content()).toBe('new')
    await expect(swapBack(link, folder)).rejects.toMatchObject({ code: 'files.failed' })
    expect(await content()).toBe('new')
    await undoSwap(link, folder)
    expect(await readdir(parent)).toEqual(['_data'])
  })
})
