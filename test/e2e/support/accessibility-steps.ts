import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import type { BerthWindow } from '../pages/berth-window'
import { expect, test } from './story'

const pages = [
  'Machine',
  'Containers',
  'Logs',
  'Images',
  'Volumes',
  'Networks',
  'Ports',
  'Disk',
  'Diagnostics',
  'Settings',
] as const

/** Returns the problems that axe finds on the page in its current state, one line for each. */
export async function findings(page: Page): Promise<string[]> {
  // Voice control needs names that contain the visible text. In axe, this rule is experimental and off by default.
  const rules = { 'label-content-name-mismatch': { enabled: true } }
  // Excludes reka-ui's focus guards around an open message. A focus guard passes the focus on as soon as it gets it.
  const guards = 'span[aria-hidden="true"][tabindex="0"]'
  const { violations } = await new AxeBuilder({ page }).exclude(guards).options({ rules }).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** The steps of the story that test every page with axe. They need a container with the name `web`. */
export function accessibilitySteps(berthWindow: () => BerthWindow): void {
  for (const colorScheme of ['light', 'dark'] as const)
    test(`axe finds no problem on any page (${colorScheme})`, async ({ story }) => {
      const { page } = story
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      // The page changes its theme a moment after the browser does. axe must not run during this change.
      await expect(page.locator('html')).toHaveCSS('color-scheme', colorScheme)
      for (const name of pages) {
        await berthWindow().show(name)
        expect.soft(await findings(page), name).toEqual([])
      }
      await berthWindow().show('Containers')
      await berthWindow().button('Run').click()
      const form = page.getByRole('main')
      for (const kind of ['port', 'folder', 'volume', 'variable'])
        await form.getByRole('button', { name: `Add ${kind}` }).click()
      expect.soft(await findings(page), 'Run a container').toEqual([])
      await berthWindow().show('Containers')
      await berthWindow().row('Containers', 'web').getByRole('link', { name: 'web' }).click()
      for (const tab of ['Summary', 'Processes', 'Logs', 'Files', 'Inspect']) {
        const tabs = page.getByRole('navigation', { name: 'Container views' })
        await tabs.getByRole('link', { name: tab, exact: true }).click()
        expect.soft(await findings(page), tab).toEqual([])
      }
      await page.emulateMedia({ colorScheme: null, reducedMotion: null })
    })
}
