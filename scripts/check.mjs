/** `npm run check`: types, lint (with the rules for imports) and format. Each runs even if another has failed. */
import { availableParallelism } from 'node:os'
import { runAside, step } from './lib/step.mjs'
import { setUp } from './setup.mjs'

/** With this cache, a run skips files that have not changed since the last run. A fresh clone has no cache. */
const cache = 'node_modules/.cache/check'
const incremental = (name) => ['--incremental', '--tsBuildInfoFile', `${cache}/${name}.tsbuildinfo`]
// The longest first.
const checks = [
  ['lint', 'eslint', ['--max-warnings=0', '--cache', '--cache-location', `${cache}/eslint`, '.']],
  ['types of main, shared and tests', 'tsc', ['-p', 'tsconfig.json', ...incremental('main')]],
  ['types of the renderer', 'vue-tsc', ['-p', 'src/renderer/tsconfig.json', ...incremental('renderer')]],
  ['types of the end-to-end tests', 'tsc', ['-p', 'test/e2e/tsconfig.json', ...incremental('e2e')]],
  [
    'format',
    'prettier',
    ['--check', '--log-level=warn', '--cache', '--cache-location', `${cache}/prettier`, '.'],
  ],
]

await setUp({ tests: false })
let failed = 0

async function check([name, program, args]) {
  await step(name, async () => {
    const shell = process.platform === 'win32'
    const { code, output } = await runAside(`node_modules/.bin/${program}`, args, { shell })
    process.stdout.write(output)
    if (code !== 0) failed++
    return code === 0
  })
}

/** Each processor takes the next check when it has finished one. */
const waiting = [...checks]
async function work() {
  for (let next = waiting.shift(); next; next = waiting.shift()) await check(next)
}
await Promise.all(Array.from({ length: availableParallelism() }, work))
if (failed > 0) process.stderr.write(`${failed} of ${checks.length} checks failed\n`)
process.exitCode = failed === 0 ? 0 : 1
