/** `npm run bench -- NAME [--json]`: runs bench/NAME.ts and prints its table; `--json` adds one JSON object as the last line. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { must, repository } from './lib/step.mjs'
import { setUp } from './setup.mjs'

const name = process.argv.slice(2).find((argument) => !argument.startsWith('-'))
const source = join(repository, 'bench', `${name}.ts`)
if (name === undefined || !existsSync(source)) {
  const names = readdirSync(join(repository, 'bench'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
  process.stderr.write(`Name a benchmark: ${names.join(', ')}\n`)
  process.exit(1)
}

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  for (const row of rows) process.stdout.write(`${row.map((cell, i) => cell.padEnd(widths[i])).join('  ')}\n`)
}

await setUp({ tests: true })
if (process.platform === 'linux') await must(process.execPath, ['scripts/vm-build.mjs'])
const { build } = await import('esbuild')
const folder = join(repository, 'dist', 'bench')
mkdirSync(folder, { recursive: true })
await build({
  // Threads are started from beside what starts them.
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
const { default: benchmark } = await import(pathToFileURL(join(folder, `${name}.js`)).href)
const { table, ...result } = await benchmark()
printTable(table)
for (const [key, ratio] of Object.entries(result.ratios))
  process.stdout.write(`ratio ${key}: ${ratio.toFixed(3)}\n`)
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`)
// A benchmark has closed what it opened; idle keep-alive sockets need not hold the process.
process.exit(0)
