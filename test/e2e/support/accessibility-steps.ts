import type { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from './accessibility'
import { expect, test } from './story'

const pages = [
  'Home',
  'Machine',
  'Containers',
  'Compose',
  'Logs',
  'Images',
  'Volumes',
  'Networks',
  'Ports',
  'Events',
  'Disk',
  'Diagnostics',
  'Settings',
] as const

/** The steps of the story that test every page with axe. They need a container with the name `web`. */
export function accessibilitySteps(berthWindow: () => BerthWindow): void {
  for (const colorScheme of themes)
    test(`axe finds no problem on any page (${colorScheme})`, async ({ story }) => {
      const { page } = story
      await showTheme(page, colorScheme)
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
