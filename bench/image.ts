import { execa } from 'execa'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchOptions, BenchResult } from './support/result'

/** The most bytes that a user should have to download. */
const limit = 170e6

/** Measures the size of the download for x86_64: the files of a release that is built from the current recipe. */
export default async function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  const arch = 'x86_64'
  const folder = smoke ? await mkdtemp(join(tmpdir(), 'berth-bench-image-')) : join('release', 'guest')
  const options = ['--arch', arch, '--output', folder, ...(smoke ? ['--quality', '0'] : [])]
  await execa(process.execPath, ['scripts/vm-release.mjs', ...options], { stdio: 'inherit' })
  const names = (await readdir(folder)).filter((name) => name.startsWith(`guest-${arch}-`)).sort()
  const files = await Promise.all(
    names.map(async (name) => ({ name, bytes: (await stat(join(folder, name))).size })),
  )
  if (smoke) await rm(folder, { recursive: true })
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    name: 'image',
    ratios: { limit: total / limit },
    figures: { download_bytes: total, limit_bytes: limit },
    table: [
      ['download', 'size'],
      ...[...files, { name: 'total', bytes: total }].map(({ name, bytes }) => [name, megabytes(bytes)]),
    ],
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
