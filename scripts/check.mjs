/**
 * `npm run check`: checks types, lint (with import rules) and format. The types are checked beside the others, because
 * each check uses one processor. If a check fails, the others still run.
 */
import { run, step } from './lib/step.mjs'
import { setUp } from './setup.mjs'

/** The cache lets a run skip files that have not changed since the last run. A fresh clone has no cache. */
const cache = 'node_modules/.cache/check'
const incremental = (name) => ['--incremental', '--tsBuildInfoFile', `${cache}/${name}.tsbuildinfo`]
const types = [
  ['types of main, shared and tests', 'tsc', ['-p', 'tsconfig.json', ...incremental('main')]],
  ['types of the renderer', 'vue-tsc', ['-p', 'src/renderer/tsconfig.json', ...incremental('renderer')]],
  ['types of the end-to-end tests', 'tsc', ['-p', 'test/e2e/tsconfig.json', ...incremental('e2e')]],
]
const rules = [
  ['lint', 'eslint', ['--max-warnings=0', '--cache', '--cache-location', `${cache}/eslint`, '.']],
  [
    'format',
    'prettier',
    ['--check', '--log-level=warn', '--cache', '--cache-location', `${cache}/prettier`, '.'],
  ],
]

await setUp({ tests: false })
let failed = 0
async function runAll(checks) {
  for (const [name, program, args] of checks) {
    const check = () => run(`node_modules/.bin/${program}`, args, { shell: process.platform === 'win32' })
    if (!(await step(name, async () => (await check()) === 0))) failed++
  }
}
await Promise.all([runAll(types), runAll(rules)])
if (failed > 0) process.stderr.write(`${failed} of ${types.length + rules.length} checks failed\n`)
process.exitCode = failed === 0 ? 0 : 1
