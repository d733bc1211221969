/**
 * `npm run bench -- NAME [--json]`: runs bench/NAME.ts and prints its table. `--json` adds a last line of JSON.
 * The benchmark `smoke` runs all others at their smallest size.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureAptPackages } from './lib/apt.mjs'
import { fail, must, repository } from './lib/step.mjs'
import { setUp } from './setup.mjs'

const name = process.argv.slice(2).find((argument) => !argument.startsWith('-'))
const source = join(repository, 'bench', `${name}.ts`)
if (name === undefined || !existsSync(source)) {
  const names = readdirSync(join(repository, 'bench'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
  fail(`Name a benchmark: ${names.join(', ')}`)
}

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  for (const row of rows) process.stdout.write(`${row.map((cell, i) => cell.padEnd(widths[i])).join('  ')}\n`)
}

await setUp({ tests: true })
if (['boot', 'idle'].includes(name))
  ensureAptPackages(
    ['mmdebstrap', 'debian-archive-keyring', 'e2fsprogs'],
    'to build the stock Debian that Berth is compared with',
  )
if (process.platform === 'linux') await must(process.execPath, ['scripts/vm-build.mjs'])
if (['list', 'logs', 'smoke'].includes(name)) await must(process.execPath, ['scripts/build.mjs'])
const { build, stop } = await import('esbuild')
const folder = join(repository, 'dist', 'bench')
mkdirSync(folder, { recursive: true })
await build({
  // A thread's file must be in the folder of the bundle that starts it.
  entryPoints: {
    [name]: source,
    'file-server-worker': join(repository, 'src/main/file-server/worker.ts'),
    'http-client': join(repository, 'bench/support/http-client.ts'),
  },
  outdir: folder,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  packages: 'external',
  logLevel: 'warning',
})
// Without this call, esbuild's process would run during the measurement.
await stop()
const { default: benchmark } = await import(pathToFileURL(join(folder, `${name}.js`)).href)
const { table, ...result } = await benchmark()
printTable(table)
for (const [key, ratio] of Object.entries(result.ratios))
  process.stdout.write(`ratio ${key}: ${ratio.toFixed(3)}\n`)
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`)
// The benchmark has closed everything that it opened. But idle keep-alive sockets could still keep this process
// running.
process.exit(0)
