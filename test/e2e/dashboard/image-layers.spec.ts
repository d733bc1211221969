import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { baseStep, layeredImageTar, type LayeredStep, wastefulSteps } from '../../support/layered-image'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

test.describe.configure({ mode: 'serial' })

test.describe('what is inside an image', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  async function load(tag: string, steps: readonly LayeredStep[]): Promise<void> {
    const file = join(dashboard.folder, 'layered.tar')
    await writeFile(file, await layeredImageTar(tag, steps))
    await dashboard.docker('load', '-i', file)
  }
  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await load('wasteful:1', wastefulSteps)
  })
  test.afterAll(() => dashboard.leave(page))

  const tab = (name: string) =>
    page.getByRole('navigation', { name: 'Parts of the image' }).getByRole('link', { name }).click()
  const layers = () => page.getByRole('list', { name: /Instructions and their layers/ })
  const table = () => page.getByRole('grid', { name: 'Files of the image' })

  test('shows each instruction with its layer, and names an image that shares one as soon as it exists', async () => {
    await window.show('Images')
    await window.row('Images', 'wasteful:1').getByRole('link', { name: 'wasteful:1' }).click()
    await tab('Layers')
    const item = (text: string) => layers().getByRole('listitem').filter({ hasText: text })
    await expect(item('ADD rootfs.tar')).toContainText('Layer 1')
    await expect(item('ADD rootfs.tar')).toContainText('2.47 kB')
    await expect(item('ENV MODE=<b>fast</b>')).toContainText('no layer')
    await expect(item('ADD rootfs.tar')).toContainText('Only in this image')
    await load('sibling:1', [baseStep, { createdBy: 'COPY made', entries: [{ name: 'made', bytes: 9 }] }])
    await expect(item('ADD rootfs.tar').getByRole('link', { name: 'sibling:1' })).toBeVisible()
  })

  test('opens folders of a layer and of the whole image, by keyboard too', async () => {
    await page.getByRole('link', { name: 'Files of layer 2' }).click()
    const row = (name: string | RegExp) => table().getByRole('row', { name })
    await expect(row('cache')).toContainText('removed')
    await expect(row('again')).toContainText('new folder')
    await row('again').getByRole('button', { name: 'Open again' }).click()
    await expect(row('new')).toContainText('30 B')
    await page.getByRole('combobox', { name: 'Show' }).click()
    await page.getByRole('option', { name: 'Whole image' }).click()
    await expect(row('cache')).toHaveCount(0)
    await row('bin').focus()
    await page.keyboard.press('Enter')
    await expect(row('<script>alert(1)')).toContainText('Layer 3')
    await expect(row('tool')).toContainText('Layer 1')
  })

  test('finds which layer brings a file', async () => {
    const text = page.getByLabel('Name or path')
    await text.fill('/etc/config')
    await text.press('Enter')
    await expect(page.getByText('1 match.')).toBeVisible()
    const found = page.getByRole('listitem').filter({ hasText: '/etc/config' })
    await expect(found).toContainText(/Layer 3\s*260 B\s*Layer 2\s*250 B\s*hidden/)
    await page.getByRole('button', { name: 'Close the search' }).click()
    await expect(table()).toBeVisible()
  })

  test('says what is wasted, and what differs from another image', async () => {
    await tab('Waste')
    await expect(page.getByText('56.3 %')).toBeVisible()
    await expect(page.getByText('Layer 1 wrote 800 B, and layer 2 removed it.')).toBeVisible()
    await tab('Compare')
    await page.getByRole('combobox', { name: 'Compare with' }).click()
    await page.getByRole('option', { name: 'sibling:1' }).click()
    await expect(page.getByText(/^The lowest layer is the same: 2.47 kB/)).toBeVisible()
    const differences = page.getByRole('region', { name: 'Differences' })
    await expect(differences.getByRole('listitem').filter({ hasText: '/made' })).toContainText('9 B')
    await expect(differences.getByRole('listitem').filter({ hasText: '/etc/config' })).toContainText(
      '260 B → 200 B',
    )
  })

  for (const colorScheme of themes)
    test(`axe finds no problem in its tabs (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      await expect(page.getByRole('region', { name: 'Differences' })).toContainText('/made')
      expect.soft(await findings(page), 'Compare').toEqual([])
      await tab('Layers')
      await expect(layers()).toBeVisible()
      expect.soft(await findings(page), 'Layers').toEqual([])
      await tab('Files')
      await expect(table()).toBeVisible()
      expect.soft(await findings(page), 'Files').toEqual([])
      await tab('Waste')
      await expect(page.getByText('56.3 %')).toBeVisible()
      expect.soft(await findings(page), 'Waste').toEqual([])
      await tab('Compare')
      await page.getByRole('combobox', { name: 'Compare with' }).click()
      await page.getByRole('option', { name: 'sibling:1' }).click()
    })
})
