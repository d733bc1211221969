import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

export const themes = ['light', 'dark'] as const

/** Shows the page in a theme, without animations. */
export async function showTheme(page: Page, colorScheme: (typeof themes)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  // The page changes its theme a moment after the browser does. axe must not run during this change.
  await expect(page.locator('html')).toHaveCSS('color-scheme', colorScheme)
}

/** The focus guards of reka-ui around an open message. A focus guard passes the focus on as soon as it gets it. */
const focusGuards = 'span[aria-hidden="true"][tabindex="0"]'
/** After a choice, a closed field of reka-ui still names an option of its list, which no longer exists. */
const closedFields = 'input[role="combobox"][aria-expanded="false"][aria-activedescendant]'

/** Returns the problems that axe finds on the page in its current state, one line for each. */
export async function findings(page: Page): Promise<string[]> {
  // Voice control needs names that contain the visible text. In axe, this rule is experimental and off by default.
  const rules = { 'label-content-name-mismatch': { enabled: true } }
  const axe = new AxeBuilder({ page }).exclude(focusGuards).exclude(closedFields).options({ rules })
  const { violations } = await axe.analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}
