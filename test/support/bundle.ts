import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Bundles a TypeScript file of test/support into a script for a child process. Returns the path of the script. The
 * script is below node_modules, so that Node finds the packages that it imports.
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
