import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Makes a script for a child process of a TypeScript file of test/support, and returns its path. It lies below
 * node_modules, where Node finds the packages that it imports.
 */
export async function bundle(file: string): Promise<string> {
  const folder = join(root, 'node_modules', '.cache', 'berth-test')
  await mkdir(folder, { recursive: true })
  const outfile = join(folder, `${basename(file, '.ts')}.mjs`)
  await build({
    entryPoints: [join(root, 'test', 'support', file)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  })
  return outfile
}
