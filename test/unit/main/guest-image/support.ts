import { createHash } from 'node:crypto'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface GuestImageSample {
  arch?: string
  recipe?: string
  dataFormat?: number
  /** The time of the manifest, in seconds. */
  builtAt?: number
  unpackedKernel?: boolean
}

/** Writes a small guest image that matches its manifest. Returns the folder. */
export async function makeGuestImage(folder: string, sample: GuestImageSample = {}): Promise<string> {
  const { arch = 'x86_64', recipe = 'abc123', dataFormat, builtAt, unpackedKernel = false } = sample
  const contents = {
    vmlinuz: 'kernel',
    'initrd.img': 'initrd',
    'root.img': 'root file system',
    ...(unpackedKernel ? { vmlinux: 'unpacked kernel' } : {}),
  }
  await mkdir(folder, { recursive: true })
  for (const [name, content] of Object.entries(contents)) await writeFile(join(folder, name), content)
  const files = Object.fromEntries(
    Object.entries(contents).map(([name, content]) => [
      name,
      { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') },
    ]),
  )
  const manifest = join(folder, 'manifest.json')
  await writeFile(manifest, JSON.stringify({ format: 1, arch, recipe, dataFormat, files }))
  if (builtAt !== undefined) await utimes(manifest, builtAt, builtAt)
  return folder
}
