import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { busyboxTar } from '../../support/busybox-image'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const base = 'busybox:build'

test.describe.configure({ mode: 'serial' })

test.describe('builds', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow
  let folder: string

  const dockerfile = (...lines: string[]) => writeFile(join(folder, 'Dockerfile'), lines.join('\n'))
  const step = (name: string) => page.getByRole('region', { name: 'Steps' }).getByRole('button', { name })

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.import(await busyboxTar(), base)
    folder = join(dashboard.shared, 'shop')
    await mkdir(folder)
  })
  test.afterAll(async () => {
    await page.context().close()
    await dashboard.clear()
  })

  test('a build that fails points at the line of the Dockerfile, and says what to do', async () => {
    await dockerfile(`FROM ${base}`, 'ENV SHOP=1', 'COPY app.js /app/')
    await window.show('Builds')
    await expect(page.getByRole('heading', { name: 'No builds yet' })).toBeVisible()
    await window.button('Build an image').first().click()
    const dialog = page.getByRole('dialog', { name: 'Build an image' })
    await dialog.getByRole('button', { name: 'Build', exact: true }).click()
    await expect(dialog.getByText('Enter the full path of a folder.')).toBeVisible()
    await dialog.getByLabel('Folder').fill(folder)
    await dialog.getByLabel('Name of the image').fill('shop:1')
    await dialog.getByRole('button', { name: 'Build', exact: true }).click()
    await expect(page.getByRole('alert')).toContainText('app.js is not in the folder of the build.')
    await expect(page.getByRole('region', { name: 'Lines of the Dockerfile' })).toContainText(
      'COPY app.js /app/',
    )
  })

  test('the build runs again, shows its steps, and its image can be run', async () => {
    await writeFile(join(folder, 'app.js'), 'hello')
    await dockerfile(`FROM ${base}`, 'COPY app.js /app/', 'RUN echo shop is ready')
    await window.button('Build again').click()
    const dialog = page.getByRole('dialog', { name: 'Build an image' })
    await expect(dialog.getByLabel('Name of the image')).toHaveValue('shop:1')
    await dialog.getByRole('button', { name: 'Build', exact: true }).click()
    await expect(page.getByRole('status').filter({ hasText: 'Succeeded' })).toBeVisible({ timeout: 120_000 })
    await expect(page.getByText(/\d+ of \d+ steps from the cache/)).toBeVisible()
    await expect(page.getByRole('link', { name: 'Show image' })).toBeVisible()
    await step('RUN echo shop is ready').click()
    await expect(page.getByRole('region', { name: 'Output of the step' })).toContainText('shop is ready')
    await window.button('Run the image').click()
    await expect(page.getByRole('combobox', { name: 'Image' })).toHaveValue('shop:1')
  })

  test('a running build is cancelled', async () => {
    await dockerfile(`FROM ${base}`, 'RUN sleep 1000')
    await window.show('Builds')
    await window.button('Build an image').first().click()
    const dialog = page.getByRole('dialog', { name: 'Build an image' })
    await dialog.getByLabel('Folder').fill(folder)
    await dialog.getByRole('button', { name: 'Build', exact: true }).click()
    await expect(step('RUN sleep 1000')).toBeVisible({ timeout: 120_000 })
    await window.button('Cancel build').click()
    await expect(page.getByRole('status').filter({ hasText: 'Cancelled' })).toBeVisible({ timeout: 60_000 })
  })

  for (const colorScheme of themes)
    test(`axe finds no problem on the pages of builds (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      await window.show('Builds')
      expect.soft(await findings(page), 'Builds').toEqual([])
      await page.getByRole('grid', { name: 'Builds' }).getByRole('link', { name: 'shop:1' }).last().click()
      await expect(page.getByRole('alert')).toBeVisible()
      expect.soft(await findings(page), 'Build').toEqual([])
    })
})
