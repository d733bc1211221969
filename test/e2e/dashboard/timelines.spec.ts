import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:timeline'
const program = 'sh -c "trap \'exit 0\' TERM; echo ready; sleep 100000 & wait"'

test.describe.configure({ mode: 'serial' })

test.describe('the timeline of a container', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(image)
  })
  test.afterAll(() => dashboard.leave(page))

  const steps = () => page.getByRole('table', { name: 'Steps of the start, by where they ran' })
  const step = (name: string) => steps().getByRole('row', { name })

  test('a run in the page has its steps, and its task links to them', async () => {
    await window.show('Containers')
    await window.button('Run').click()
    await page.getByRole('combobox', { name: 'Image' }).fill(image)
    await page.getByRole('combobox', { name: 'Image' }).press('Tab')
    await page.getByLabel('Name', { exact: true }).fill('watched')
    await page.getByLabel('Command', { exact: true }).fill(program)
    await window.button('Run container').click()
    await page.getByRole('link', { name: 'Open container' }).click({ timeout: 60_000 })
    await page.getByRole('link', { name: 'Timeline', exact: true }).click()
    for (const name of ['Request sent', 'Image looked up · cached', 'Container created', 'First output'])
      await expect(step(name)).toBeVisible()
    await page.getByRole('button', { name: /^Tasks/ }).click()
    const task = page.getByRole('listitem').filter({ hasText: 'Run watched' })
    await task.getByRole('link', { name: 'Timeline' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Timeline: watched' })).toBeVisible()
    await expect(step('Container created')).toBeVisible()
    await page.getByRole('button', { name: 'Close tasks' }).click()
  })

  test('a start of the docker CLI is compared with the run before', async () => {
    await dashboard.docker('stop', 'watched')
    await window.show('Containers')
    await window.row('Containers', 'watched').getByRole('link', { name: 'watched' }).click()
    await page.getByRole('link', { name: 'Timeline', exact: true }).click()
    await dashboard.docker('start', 'watched')
    await expect(page.getByText('asked for by a docker tool')).toBeVisible()
    await expect(steps().getByRole('columnheader', { name: 'Before' })).toBeVisible()
    await expect(step('First output')).toBeVisible()
    await page.getByRole('combobox', { name: 'Which start' }).click()
    await page.getByRole('option', { name: /^Run/ }).click()
    await expect(step('Container created')).toBeVisible()
  })

  for (const colorScheme of themes)
    test(`axe finds no problem (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      expect(await findings(page)).toEqual([])
    })
})
