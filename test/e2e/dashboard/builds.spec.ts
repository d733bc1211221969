import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
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
  const editor = () => page.getByRole('region', { name: 'The Dockerfile' })
  const step = (name: string) => page.getByRole('region', { name: 'Steps' }).getByRole('button', { name })

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(base)
    folder = join(dashboard.shared, 'shop')
    await mkdir(folder)
  })
  test.afterAll(() => dashboard.leave(page))

  test('a build that fails points at the line of the Dockerfile, and says what to do', async () => {
    await dockerfile(`FROM ${base}`, 'ENV SHOP=1', 'COPY app.js /app/')
    await window.show('Builds')
    await expect(page.getByRole('heading', { name: 'No builds yet' })).toBeVisible()
    await window.button('Build an image').first().click()
    const dialog = page.getByRole('dialog', { name: 'Build an image' })
    await dialog.getByRole('button', { name: 'Build', exact: true }).click()
    await expect(dialog.getByText('Enter the full path of a folder.')).toBeVisible()
    await dialog.getByLabel('Folder', { exact: true }).fill(folder)
    await dialog.getByLabel('Name of the image').fill('shop:1')
    await dialog.getByRole('button', { name: 'Build', exact: true }).click()
    await expect(page.getByRole('alert')).toContainText('app.js is not in the folder of the build.')
    await expect(editor().locator('.cm-failed-line')).toHaveText('COPY app.js /app/')
    await expect(editor().locator('.cm-lint-marker-error')).toBeVisible()
  })

  test('the Dockerfile is corrected beside the failure', async () => {
    await writeFile(join(folder, 'app.js'), 'hello')
    const text = editor().getByRole('textbox', { name: 'Content of Dockerfile' })
    await text.fill(`FROM ${base}\nCOPY app.js /app/\nRUN echo shop is`)
    await dockerfile(`FROM ${base}`, '# another program')
    await expect(page.getByText('Another program has changed Dockerfile')).toBeVisible()
    await window.button('Discard mine').click()
    await window.dialog('Discard the changes to Dockerfile?').getByRole('button', { name: 'Discard' }).click()
    await expect(text).toContainText('# another program')
    await expect(editor().locator('.cm-failed-line')).toHaveCount(0)
    await text.fill(`FROM ${base}\nCOPY app.js /app/\nRUN echo shop is ready`)
    await window.button('Build again').last().click()
    const question = window.dialog('Save the changes to Dockerfile first?')
    await question.getByRole('button', { name: 'Save and build' }).click()
    await expect(page.getByRole('dialog', { name: 'Build an image' })).toBeVisible()
    expect(await readFile(join(folder, 'Dockerfile'), 'utf8')).toContain('RUN echo shop is ready')
  })

  test('the build runs again, shows its steps, and its image can be run', async () => {
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

  test('a step says why it was not in the cache', async () => {
    await page.goBack()
    await writeFile(join(folder, 'app.js'), 'goodbye')
    await window.button('Build again').click()
    const dialog = page.getByRole('dialog', { name: 'Build an image' })
    await dialog.getByRole('button', { name: 'Build', exact: true }).click()
    await expect(step('COPY app.js')).toContainText('It ran because files have changed: app.js', {
      timeout: 120_000,
    })
    await expect(step('RUN echo')).toContainText('because an earlier step ran: [2/3] COPY app.js')
    await expect(page.getByRole('status').filter({ hasText: 'Succeeded' })).toBeVisible({ timeout: 120_000 })
  })

  test('a build of a folder that is not shared is a task, which is cancelled', async () => {
    folder = join(dashboard.folder, 'outside')
    await mkdir(folder)
    await dockerfile(`FROM ${base}`, 'COPY . /app', 'RUN sleep 1000')
    await window.show('Builds')
    await window.button('Build an image').first().click()
    const dialog = page.getByRole('dialog', { name: 'Build an image' })
    await dialog.getByLabel('Folder', { exact: true }).fill(folder)
    await dialog.getByRole('button', { name: 'Build', exact: true }).click()
    await expect(step('RUN sleep 1000')).toBeVisible({ timeout: 120_000 })
    await expect(page.getByText(/sent to the machine/)).toBeVisible()
    await page.getByRole('button', { name: 'Tasks' }).click()
    const task = window.task(`Build ${folder}`)
    await task.getByRole('button', { name: 'Details' }).click()
    await expect(task.getByRole('log')).toContainText('RUN sleep 1000')
    await expect(task.getByRole('link', { name: 'Show build' })).toBeVisible()
    await task.getByRole('button', { name: `Cancel: Build ${folder}` }).click()
    await expect(page.getByRole('status').filter({ hasText: /^Cancelled$/ })).toBeVisible({ timeout: 60_000 })
    await window.button('Close tasks').click()
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
