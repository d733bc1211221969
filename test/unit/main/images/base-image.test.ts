import type { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { type BaseImageOptions, ensureBaseImage } from '../../../../src/main/images/base-image'
import { baseImage } from '../../../../src/shared/base-image'
import type { Image } from '../../../../src/shared/images'
import { image } from '../../renderer/support'

const { reference } = baseImage

async function entriesOf(archive: Readable): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const reader = archive.pipe(extract())
  for await (const entry of reader) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    const { name, type, linkname } = entry.header
    found.set(name, type === 'symlink' ? linkname : Buffer.concat(chunks).toString())
  }
  return found
}

function engineWith(present: Image | undefined) {
  const made: { reference: string; files: Map<string, string>; changes: readonly string[] }[] = []
  const commands: string[] = []
  let code = 0
  const options: BaseImageOptions = {
    engine: {
      images: {
        find: () => Promise.resolve(present),
        import: async (name, archive, { changes = [] } = {}) => {
          made.push({ reference: name, files: await entriesOf(archive), changes })
          return { id: 'sha256:made' }
        },
      },
    },
    link: {
      exec: (command) => {
        commands.push(command)
        const stdout = command.startsWith('base64')
          ? Buffer.from('the program').toString('base64')
          : 'busybox\nhttpd\nsh\n'
        return Promise.resolve({ code, stdout, stderr: 'gone\n' })
      },
    },
  }
  return {
    options,
    made,
    commands,
    fail: () => {
      code = 1
    },
  }
}

describe('the base image', () => {
  it('is made from the busybox of the machine, and says so', async () => {
    const { options, made } = engineWith(undefined)
    expect(await ensureBaseImage(options)).toEqual({ reference })
    const [{ files, changes } = { files: new Map<string, string>(), changes: [] }] = made
    expect(made).toHaveLength(1)
    expect(files.get('bin/busybox')).toBe('the program')
    expect(files.get('bin/httpd')).toBe('busybox')
    expect(files.get('www/index.html')).toContain('It works')
    expect(changes.join('\n')).toContain(`LABEL ${baseImage.label}=`)
  })

  it('stays as it is if the engine has it', async () => {
    const { options, made, commands } = engineWith(image({ tags: [reference] }))
    expect(await ensureBaseImage(options)).toEqual({ reference })
    expect([made, commands]).toEqual([[], []])
  })

  it('is not made from half a program', async () => {
    const { options, made, fail } = engineWith(undefined)
    fail()
    await expect(ensureBaseImage(options)).rejects.toMatchObject({
      code: 'internal',
      detail: expect.stringContaining('gone') as string,
    })
    expect(made).toEqual([])
  })
})
