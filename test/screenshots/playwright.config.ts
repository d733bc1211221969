import { defineConfig } from '@playwright/test'
import base from '../../playwright.config'

/** `npm run screenshots`: the pictures of the README, taken from the app as it is (`npm run build` first). */
export default defineConfig(base, { testDir: '.', outputDir: '../../test-results/screenshots' })
