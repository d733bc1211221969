import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { busyboxTar } from '../../support/busybox-image'
import { Registry } from '../../support/registry'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'app:1'

test.describe.configure({ mode: 'serial' })

test.describe('images and tasks', () => {
  let dashboard: Dashboard
  let registry: Registry
  let page: Page
  let window: BerthWindow
  let remote: string

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    registry = await Registry.start()
    remote = `${registry.name}/app:1`
    page = await dashboard.open()
    window = new BerthWindow(page)
  })
  test.afterAll(async () => {
    await registry.stop()
    await dashboard.leave(page)
  })

  test('an image gets a tag and is pushed, and its page shows its history', async () => {
    await window.show('Images')
    await window.importImage({ name: 'app.tar', buffer: await busyboxTar() }, image)
    await window.row('Images', image).getByRole('link', { name: image }).click()
    await expect(page.getByRole('heading', { level: 1, name: image })).toBeVisible()
    await expect(page.getByRole('table')).toContainText('Imported from -')
    await window.button('Push').click()
    const dialog = window.dialog('Push an image')
    await dialog.getByRole('combobox', { name: 'Push as' }).fill(remote)
    await dialog.getByRole('combobox', { name: 'Push as' }).press('Tab')
    await dialog.getByRole('button', { name: 'Push', exact: true }).click()
    await expect(page.getByText(`Push ${remote}: done`).first()).toBeVisible({ timeout: 60_000 })
    await expect(page.getByText(remote, { exact: true }).first()).toBeVisible()
  })

  test('tasks survive a reload, and a second window shows them', async () => {
    await page.getByRole('button', { name: 'Tasks' }).click()
    const pushed = window.task(`Push ${remote}`)
    await expect(pushed).toContainText('done')
    await pushed.getByRole('button', { name: 'Details' }).click()
    await expect(pushed.getByRole('log')).toContainText('digest: sha256:')
    await page.reload()
    await expect(pushed).toContainText('done')
    const other = await page.context().newPage()
    await other.goto(dashboard.origin)
    await other.getByRole('button', { name: 'Tasks' }).click()
    await expect(new BerthWindow(other).task(`Push ${remote}`)).toContainText('done')
    await window
      .task(`Import ${image}`)
      .getByRole('button', { name: `Remove from the list: Import ${image}` })
      .click()
    await expect(new BerthWindow(other).task(`Import ${image}`)).toHaveCount(0)
    await other.close()
    await window.button('Close tasks').click()
  })

  for (const colorScheme of themes)
    test(`axe finds no problem on the page of an image and in the task centre (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      await page.getByRole('button', { name: 'Tasks' }).click()
      await window.task(`Push ${remote}`).getByRole('button', { name: 'Details' }).click()
      expect.soft(await findings(page), 'image').toEqual([])
      await window.button('Close tasks').click()
      await window.show('Images')
      for (const [button, title] of [
        ['Save', 'Save images'],
        ['Prune', 'Remove unused images'],
        ['Import', 'Import an image'],
      ] as const) {
        await window.button(button).click()
        await expect(window.dialog(title)).toBeVisible()
        expect.soft(await findings(page), title).toEqual([])
        await page.keyboard.press('Escape')
        await expect(window.dialog(title)).toBeHidden()
      }
      await window.row('Images', image).getByRole('link', { name: image }).first().click()
      await page.emulateMedia({ colorScheme: null, reducedMotion: null })
    })

  test('a saved image is loaded again with the same id', async () => {
    const id = await dashboard.docker('images', '--no-trunc', '-q', image)
    await window.button('Save').click()
    const dialog = window.dialog('Save images')
    await expect(dialog.getByRole('checkbox', { checked: true })).toHaveCount(2)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Save' }).click(),
    ])
    const saved = await readFile(await download.path())
    await window.button('Remove').click()
    await window.answer(window.question(`Remove image ${remote}?`), 'Remove')
    await expect(page.getByText('This image does not exist any more.')).toBeVisible()
    await window.show('Images')
    await expect(window.row('Images', image)).toHaveCount(0)

    await page.getByRole('main').getByRole('button', { name: 'Import', exact: true }).first().click()
    const load = window.dialog('Import an image')
    await load.getByLabel('Archive').setInputFiles({
      name: 'saved.tar',
      buffer: saved,
      mimeType: 'application/x-tar',
    })
    await expect(load.getByRole('button', { name: 'Saved images', pressed: true })).toBeVisible()
    await load.getByRole('button', { name: 'Load', exact: true }).click()
    await expect(window.task('Load images from saved.tar')).toContainText('done', { timeout: 60_000 })
    await expect(window.row('Images', remote)).toBeVisible()
    expect(await dashboard.docker('images', '--no-trunc', '-q', image)).toBe(id)
  })
})
