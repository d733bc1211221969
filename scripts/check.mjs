/** `npm run check`: types, lint (layers included) and format. Each one runs even when another has failed. */
import { run, step } from './lib/step.mjs'
import { setUp } from './setup.mjs'

const checks = [
  ['types of main, shared and tests', 'tsc', ['-p', 'tsconfig.json']],
  ['types of the renderer', 'vue-tsc', ['-p', 'src/renderer/tsconfig.json']],
  ['types of the end-to-end tests', 'tsc', ['-p', 'test/e2e/tsconfig.json']],
  ['lint', 'eslint', ['--max-warnings=0', '.']],
  ['format', 'prettier', ['--check', '--log-level=warn', '.']],
]

await setUp({ tests: false })
let failed = 0
for (const [name, program, args] of checks)
  await step(name, async () => {
    if ((await run(`node_modules/.bin/${program}`, args, { shell: process.platform === 'win32' })) !== 0)
      failed++
  })
if (failed > 0) process.stderr.write(`${failed} of ${checks.length} checks failed\n`)
process.exitCode = failed === 0 ? 0 : 1
