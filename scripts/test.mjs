/** `npm test`: all set-up, then every check and test. The last line counts them: `N passed, N failed`. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { must, repository, run, step } from './lib/step.mjs'
import { setUp } from './setup.mjs'

const results = join(repository, 'test-results')
const totals = { passed: 0, failed: 0, skipped: 0 }

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** A runner that ends without a report, or fails without a failed test (a crash, a leak), counts as one failure. */
function count(passed, failed, skipped, exitCode) {
  totals.passed += passed
  totals.failed += failed === 0 && exitCode !== 0 ? 1 : failed
  totals.skipped += skipped
}

async function vitest(project) {
  const file = join(results, `${project}.json`)
  const code = await run(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ])
  const report = readJson(file)
  count(report?.numPassedTests ?? 0, report?.numFailedTests ?? 0, report?.numPendingTests ?? 0, code)
}

async function playwright(config, name) {
  const file = join(results, `${name}.json`)
  const code = await run(
    process.execPath,
    ['node_modules/@playwright/test/cli.js', 'test', '--config', config, '--reporter=list,json'],
    { env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: file } },
  )
  const stats = readJson(file)?.stats
  count(stats?.expected ?? 0, stats?.unexpected ?? 0, stats?.skipped ?? 0, code)
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })
await setUp({ tests: true })
await step('checks', async () => {
  const code = await run(process.execPath, ['scripts/check.mjs'])
  count(code === 0 ? 1 : 0, 0, 0, code)
})
if (process.platform === 'linux') await must(process.execPath, ['scripts/vm-build.mjs'])
const { buildAll } = await import('./build.mjs')
await buildAll()
await step('unit tests', () => vitest('unit'))
await step('packaging tests', () => vitest('packaging'))
await step('integration tests', () => vitest('integration'))
await step('end-to-end tests', () => playwright('playwright.config.ts', 'e2e'))
await step('end-to-end tests on Electron', () =>
  playwright('test/e2e-electron/playwright.config.ts', 'e2e-electron'),
)

if (totals.passed === 0) totals.failed++
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${skipped}\n`)
process.exitCode = totals.failed === 0 ? 0 : 1
