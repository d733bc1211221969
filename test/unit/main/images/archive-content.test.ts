import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import { randomBytes } from 'node:crypto'
import { pack } from 'tar-stream'
import { beforeAll, describe, expect, it } from 'vitest'
import { archiveContent } from '../../../../src/main/images/archive-content'
import { archiveHeadBytes } from '../../../../src/shared/images'

const layer = 'a'.repeat(64)

/** Packs entries. A name that ends with `/` is a folder. */
function tar(names: string[], content: Buffer | string = 'content'): Promise<Buffer> {
  const archive = pack()
  for (const name of names)
    if (name.endsWith('/')) archive.entry({ name, type: 'directory' })
    else archive.entry({ name }, content)
  archive.finalize()
  return buffer(archive)
}

/** Runs a compression program of this computer. */
async function compressed(program: string, bytes: Buffer): Promise<Buffer> {
  const run = promisify(execFile)(program, ['-c'], { encoding: 'buffer', maxBuffer: 64_000_000 })
  run.child.stdin?.end(bytes)
  return (await run).stdout
}

/** Runs the machine's commands on this computer. */
const link = {
  exec: async (command: string, { input }: { input?: unknown } = {}) => {
    const run = promisify(execFile)('sh', ['-c', command])
    run.child.stdin?.on('error', () => undefined)
    run.child.stdin?.end(input)
    return { code: 0, ...(await run) }
  },
}

describe('the content of an archive', () => {
  let saved: Buffer
  let root: Buffer
  beforeAll(async () => {
    saved = await tar([
      'blobs/',
      'blobs/sha256/',
      `blobs/sha256/${layer}`,
      'index.json',
      'manifest.json',
      'oci-layout',
    ])
    root = await tar(['bin/', 'etc/', 'etc/passwd', 'manifest.json.d/'])
  })

  it.each([
    ['the OCI layout', ['oci-layout', 'index.json', 'blobs/']],
    ['an old docker save', [`${layer}/`, `${layer}/VERSION`, `${layer}/layer.tar`]],
    ['an old docker save with the configuration first', [`${layer}.json`, 'manifest.json']],
    ['names that begin with ./', ['./', './blobs/', `./blobs/sha256/${layer}`]],
  ])('is images for %s', async (_name, names) => {
    expect(await archiveContent(await tar(names), link)).toBe('images')
  })

  it('is a root file system for any other archive', async () => {
    expect(await archiveContent(root, link)).toBe('root')
    expect(await archiveContent(await tar(['blobs/', 'blobs/readme']), link)).toBe('root')
    const long = await tar([`usr/${'share/'.repeat(25)}file`])
    expect(await archiveContent(long, link)).toBe('root')
  })

  it.each(['gzip', 'xz', 'bzip2'])('is found in a file that %s has compressed', async (program) => {
    expect(await archiveContent(await compressed(program, saved), link)).toBe('images')
    expect(await archiveContent(await compressed(program, root), link)).toBe('root')
  })

  it('is found in the first bytes of a long file', async () => {
    const names = ['blobs/', 'blobs/sha256/', `blobs/sha256/${layer}`]
    const long = await tar(names, randomBytes(4_000_000))
    expect(await archiveContent(long.subarray(0, archiveHeadBytes), link)).toBe('images')
    for (const program of ['gzip', 'xz']) {
      const head = (await compressed(program, long)).subarray(0, archiveHeadBytes)
      expect(await archiveContent(head, link)).toBe('images')
    }
  })

  it('is not known if it cannot be unpacked', async () => {
    expect(await archiveContent(await compressed('zstd', saved), link)).toBe('archive')
    expect(await archiveContent(gzipSync(saved).subarray(0, 20), link)).toBe('archive')
  })

  it('is no archive for other files', async () => {
    expect(await archiveContent(Buffer.from('PK\u0003\u0004'), link)).toBe('other')
    expect(await archiveContent(Buffer.alloc(0), link)).toBe('other')
    expect(await archiveContent(randomBytes(5000), link)).toBe('other')
    expect(await archiveContent(Buffer.alloc(5000), link)).toBe('other')
    expect(await archiveContent(gzipSync(randomBytes(5000)), link)).toBe('other')
  })
})
