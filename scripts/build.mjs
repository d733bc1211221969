/** Bundles the two app hosts, the preload script and the renderer into dist/, unless dist/ is up to date. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { repository, step } from './lib/step.mjs'

const sources = [
  'src',
  'vm-assets/guest-constants.json',
  'package-lock.json',
  'package.json',
  'vite.config.ts',
  'scripts/build.mjs',
]
const dist = join(repository, 'dist')
const marker = join(dist, '.built-from')

function hashOfSources() {
  const hash = createHash('sha256')
  const add = (path) => {
    const full = join(repository, path)
    if (!existsSync(full)) return
    if (statSync(full).isDirectory()) {
      const entries = readdirSync(full, { recursive: true, withFileTypes: true })
      const files = entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
      for (const file of files.sort()) hash.update(file.slice(repository.length)).update(readFileSync(file))
    } else hash.update(path).update(readFileSync(full))
  }
  sources.forEach(add)
  return hash.digest('hex')
}

async function buildMain() {
  const { build } = await import('esbuild')
  const common = {
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    // Packages stay external, because native and CommonJS packages read files in their own folders.
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
    absWorkingDir: repository,
  }
  await Promise.all([
    build({
      ...common,
      format: 'esm',
      entryPoints: ['src/main/headless/main.ts'],
      outfile: 'dist/headless/main.js',
    }),
    build({
      ...common,
      format: 'esm',
      entryPoints: ['src/main/electron/main.ts'],
      outfile: 'dist/electron/main.js',
    }),
    ...['headless', 'electron'].map((host) =>
      build({
        ...common,
        format: 'esm',
        entryPoints: ['src/main/file-server/worker.ts'],
        outfile: `dist/${host}/file-server-worker.js`,
      }),
    ),
    // A sandboxed preload script must be CommonJS and can only require electron.
    build({
      ...common,
      format: 'cjs',
      packages: 'bundle',
      external: ['electron'],
      entryPoints: ['src/preload/preload.ts'],
      outfile: 'dist/preload/preload.cjs',
    }),
  ])
}

async function buildRenderer() {
  const { build } = await import('vite')
  // Tests set another value, with which Vue would be its development build.
  process.env.NODE_ENV = 'production'
  await build({
    root: join(repository, 'src/renderer'),
    configFile: join(repository, 'vite.config.ts'),
    logLevel: 'warn',
  })
}

/** Builds everything into dist/, unless dist/ was built from the current sources. */
export async function buildAll() {
  const wanted = hashOfSources()
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  await step('build', async () => {
    rmSync(dist, { recursive: true, force: true })
    mkdirSync(dist, { recursive: true })
    await Promise.all([buildMain(), buildRenderer()])
    writeFileSync(marker, wanted)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll()
