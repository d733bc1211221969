import { defineConfig } from '@playwright/test'
import base from '../../playwright.config'

/** `npm run screenshots`: takes the README's screenshots from the built app. Run `npm run build` first. */
export default defineConfig(base, { testDir: '.', outputDir: '../../test-results/screenshots' })
