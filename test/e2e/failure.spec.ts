import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { BerthProcess } from './support/berth-process'

test.describe('a machine that cannot start', () => {
  let home: string
  let berth: BerthProcess

  test.beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'berth-e2e-failure-'))
    berth = await BerthProcess.start(home, { BERTH_GUEST_IMAGE: join(home, 'no-image') })
  })
  test.afterAll(async () => {
    await berth.quit()
    await rm(home, { recursive: true, force: true })
  })

  test('shows the failed step, the reason and what to do, and offers to try again', async ({ page }) => {
    await page.goto(berth.loginUrl)
    await expect(page.getByRole('link', { name: 'Machine Failed' })).toBeVisible()
    const alert = page.getByRole('alert')
    await expect(alert).toContainText('The guest image is missing')
    await expect(alert).toContainText('npm run vm:build')
    await expect(page.getByText('Failed while: Preparing guest image')).toBeVisible()
    await expect(page.getByRole('listitem').filter({ hasText: 'Preparing guest image' })).toContainText(
      'failed',
    )
    const failures = () => berth.output.filter((line) => line.includes('machine failed')).length
    expect(failures()).toBe(1)
    await page.getByRole('button', { name: 'Retry' }).click()
    await expect.poll(failures).toBe(2)
    await expect(page.getByRole('link', { name: 'Machine Failed' })).toBeVisible()
  })

  test('is reported on the Containers page, too, with a link to the Machine page', async ({ page }) => {
    await page.goto(berth.loginUrl)
    await page
      .getByRole('navigation', { name: 'Main navigation' })
      .getByRole('link', { name: 'Containers' })
      .click()
    await expect(page.getByText('The machine could not be started')).toBeVisible()
    await page.getByRole('link', { name: 'Show machine' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Machine' })).toBeVisible()
  })

  test('is called “not running” in the dialog that asks before Berth quits', async ({ page }) => {
    await page.goto(berth.loginUrl)
    await page.getByRole('button', { name: 'Quit Berth' }).click()
    const question = page.getByRole('dialog', { name: 'Quit Berth?' })
    await expect(question).toContainText('The machine is not running')
    await page.keyboard.press('Escape')
    await expect(question).toBeHidden()
  })

  test('does not hide the message that the settings could not be read', async ({ browser }) => {
    const other = await mkdtemp(join(tmpdir(), 'berth-e2e-broken-'))
    await writeFile(join(other, 'settings.json'), '{"version": 1, "machine":')
    const started = await BerthProcess.start(other, { BERTH_GUEST_IMAGE: join(other, 'no-image') })
    const page = await browser.newPage({ locale: 'en-US' })
    await page.goto(started.loginUrl)
    const banner = page.getByRole('status').filter({ hasText: 'Your settings could not be read' })
    await expect(banner).toBeVisible()
    await banner.getByRole('link', { name: 'Show settings' }).click()
    await expect(page.getByRole('alert')).toContainText('The old file is kept as')
    await expect(banner).toBeHidden()
    const kept = (await readdir(other)).filter((name) => name.startsWith('settings.json.broken-'))
    expect(kept).toHaveLength(1)
    // The banner is hidden on the Settings page only. Once the user has dismissed it, it does not come back.
    await page.goBack()
    await expect(banner).toContainText(kept[0] ?? '')
    await banner.getByRole('button', { name: 'Dismiss' }).click()
    await expect(banner).toBeHidden()
    await page.reload()
    await page
      .getByRole('navigation', { name: 'Main navigation' })
      .getByRole('link', { name: 'Settings' })
      .click()
    await expect(page.getByRole('region', { name: 'Appearance' })).toBeVisible()
    await expect(page.getByText('Your settings could not be read')).toBeHidden()
    await page.close()
    await started.quit()
    expect(await readdir(other)).toEqual(expect.arrayContaining(kept))
    await rm(other, { recursive: true, force: true })
  })

  test('does not release the lock of Berth’s folder: a second Berth with the same folder ends with an error', async () => {
    await expect(BerthProcess.start(home)).rejects.toThrow('ended with code 1')
  })
})
