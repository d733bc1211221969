import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { electronBinary } from './electron-binary'

// Playwright's workers load this file too. Only the first process prints the note.
const first = process.env.TEST_WORKER_INDEX === undefined
if (first && electronBinary(join(import.meta.dirname, '../..')) === undefined)
  process.stdout.write(
    'SKIPPED: there is no Electron here, so the desktop app is not tested on a real one. ' +
      '`npm start` downloads it on a computer with a screen. ' +
      'To test with an Electron that you have elsewhere, set BERTH_ELECTRON_BINARY to its program.\n',
  )

/** Tests the desktop app on a real Electron, if one is installed: `npx playwright test --config test/e2e-electron`. */
export default defineConfig({
  testDir: '.',
  workers: 1,
  retries: 0,
  timeout: 60_000,
  reporter: [['list']],
  outputDir: '../../test-results/e2e-electron',
})
