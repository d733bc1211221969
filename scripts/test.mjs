/** `npm test`: prepares everything, then runs every check and test. The last line is `N passed, N failed`. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { must, repository, run, step } from './lib/step.mjs'
import { setUp } from './setup.mjs'

const results = join(repository, 'test-results')
const totals = { passed: 0, failed: 0, skipped: 0 }
/** The script prints the failures and their reasons again at the end, because readers of a long log look there. */
const failures = []

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/**
 * Adds the results of a test runner to the totals. `failed` has the names of the failed tests. If a runner fails
 * without a failed test (a crash, a leak) or without a report, this counts as one failure. Returns whether all tests
 * passed.
 */
function count(name, { passed = 0, skipped = 0, failed = [] }, exitCode) {
  if (exitCode !== 0 && failed.length === 0) failed.push(`ended with code ${exitCode}`)
  totals.passed += passed
  totals.failed += failed.length
  totals.skipped += skipped
  failures.push(...failed.map((failure) => `${name}: ${failure}`))
  return failed.length === 0
}

/** Returns the titles and reasons of the failed tests in a Playwright report. */
function failedSpecs({ suites = [], specs = [] }) {
  const own = specs
    .filter((spec) => !spec.ok)
    .map(({ file, title, tests }) => {
      const reason = tests.flatMap(({ results }) => results).find(({ error }) => error)?.error.message ?? ''
      return `${file}: ${title}\n${reason}`
    })
  return [...own, ...suites.flatMap(failedSpecs)]
}

/** Runs the Vitest projects whose names begin with `project`. */
async function vitest(project) {
  const file = join(results, `${project}.json`)
  const code = await run(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    `--project=${project}*`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ])
  const report = readJson(file)
  const failed = (report?.testResults ?? []).flatMap(({ name: path, message, assertionResults: tests }) => {
    const titles = tests
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages: [reason = ''] }) => `${fullName}\n${reason}`)
    // If a test file could not be loaded, the report has only a message and no test results.
    if (titles.length === 0 && message) titles.push(message)
    return titles.map((title) => `${relative(repository, path)}: ${title}`)
  })
  const { numPassedTests: passed, numPendingTests: skipped } = report ?? {}
  return count(project, { passed, skipped, failed }, code)
}

async function playwright(config, name) {
  const file = join(results, `${name}.json`)
  const code = await run(
    process.execPath,
    ['node_modules/@playwright/test/cli.js', 'test', '--config', config, '--reporter=list,json'],
    { env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: file } },
  )
  const report = readJson(file)
  const { expected: passed, skipped } = report?.stats ?? {}
  return count(name, { passed, skipped, failed: report ? failedSpecs(report) : [] }, code)
}

/** Prints the output at the end, because other steps run meanwhile. */
async function check() {
  const file = join(results, 'checks.log')
  const output = openSync(file, 'w')
  const code = await run(process.execPath, ['scripts/check.mjs'], { stdio: ['ignore', output, output] })
  closeSync(output)
  process.stdout.write(readFileSync(file))
  return count('checks', { passed: code === 0 ? 1 : 0 }, code)
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })
await setUp({ tests: true })
const checks = step('checks', check)
if (process.platform === 'linux') await must(process.execPath, ['scripts/vm-build.mjs'])
await must(process.execPath, ['scripts/build.mjs'])
await step('unit tests', () => vitest('unit'))
await step('packaging tests', () => vitest('packaging'))
// Nothing runs beside the machine of the integration tests, because that makes it slow.
await checks
await step('integration tests', () => vitest('integration'))
await step('end-to-end tests', () => playwright('playwright.config.ts', 'e2e'))
await step('end-to-end tests on Electron', () =>
  playwright('test/e2e-electron/playwright.config.ts', 'e2e-electron'),
)

if (totals.passed === 0) totals.failed++
for (const failure of failures) process.stdout.write(`✗ ${failure}\n`)
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${skipped}\n`)
process.exitCode = totals.failed === 0 ? 0 : 1
