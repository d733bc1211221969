import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:backups'

test.describe.configure({ mode: 'serial' })

test.describe('backups of volumes', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(image)
    await dashboard.docker('volume', 'create', 'shop')
    const write = 'echo old > /data/file; exec sleep 100000'
    await dashboard.docker('run', '-d', '--name', 'shop', '-v', 'shop:/data', image, 'sh', '-c', write)
  })
  test.afterAll(() => dashboard.leave(page))

  const backup = (volume: string) =>
    page.getByRole('grid', { name: 'Backups' }).getByRole('row', { name: `Backup of ${volume}` })
  const content = (volume: string) =>
    dashboard.docker('run', '--rm', '-v', `${volume}:/data:ro`, image, 'cat', '/data/file')
  async function taskDone(title: string): Promise<void> {
    await expect(window.task(title)).toContainText('done', { timeout: 60_000 })
    await window.button('Close tasks').click()
  }
  async function accessible(what: string): Promise<void> {
    for (const colorScheme of themes) {
      await showTheme(page, colorScheme)
      expect.soft(await findings(page), `${what} ${colorScheme}`).toEqual([])
    }
  }

  test('a volume in use is backed up and downloaded, and gets a schedule', async () => {
    await window.show('Volumes')
    await window.row('Volumes', 'shop').getByRole('button', { name: 'Back up' }).click()
    const dialog = window.dialog('Back up volume shop')
    await expect(dialog.getByLabel('Pause containers during the backup')).toBeChecked()
    await accessible('backup dialog')
    await dialog.getByRole('button', { name: 'Back up' }).click()
    await taskDone('Back up volume shop')
    await window.row('Volumes', 'shop').getByRole('link', { name: 'ago' }).click()
    const downloading = page.waitForEvent('download')
    await backup('shop').getByRole('button', { name: 'Download' }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toMatch(/^shop-.*\.tar\.gz$/)
    expect((await readFile(await download.path())).subarray(0, 2).toString('hex')).toBe('1f8b')

    await window.button('Set schedule').click()
    const schedule = window.dialog('Schedule for volume shop')
    await schedule.getByRole('button', { name: 'Weekly' }).click()
    await schedule.getByLabel('Time of day').fill('25:00')
    await expect(schedule.getByText('Enter a time')).toBeVisible()
    await accessible('schedule dialog')
    await schedule.getByLabel('Time of day').fill('04:05')
    await schedule.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('region', { name: 'Schedule' })).toContainText('Sunday at 04:05')
    await accessible('backups of a volume')
    expect(await dashboard.docker('inspect', '-f', '{{.State.Status}}', 'shop')).toBe('running')
  })

  test('a backup replaces the content of its volume, and is restored under another name', async () => {
    await dashboard.docker('exec', 'shop', 'sh', '-c', 'echo new > /data/file')
    await backup('shop').getByRole('button', { name: 'Restore', exact: true }).click()
    const dialog = window.dialog('Restore a backup of shop')
    await dialog.getByRole('button', { name: 'Replace content' }).click()
    await expect(dialog.getByText('Running containers use this volume: shop')).toBeVisible()
    await dashboard.docker('stop', '-t', '0', 'shop')
    await expect(dialog.getByText('Running containers use this volume: shop')).toBeHidden()
    await dialog.getByRole('button', { name: 'Replace content' }).click()
    const question = window.question('Replace the content of volume shop?')
    await expect(question.getByText('shop', { exact: true })).toBeVisible()
    await window.answer(question, 'Replace content')
    await taskDone('Restore volume shop')
    expect(await content('shop')).toBe('old')

    await backup('shop').getByRole('button', { name: 'Restore as …' }).click()
    const other = window.dialog('Restore a backup of shop')
    await expect(other.getByLabel('Restore into the volume')).toHaveValue('shop-restored')
    await other.getByRole('button', { name: 'Restore', exact: true }).click()
    await taskDone('Restore volume shop-restored')
    expect(await content('shop-restored')).toBe('old')
  })

  test('the backups of a removed volume stay; a file that is no archive is refused', async () => {
    await dashboard.docker('rm', '-f', 'shop')
    await dashboard.docker('volume', 'rm', 'shop')
    await window.show('Volumes')
    await page.getByRole('link', { name: 'Backups', exact: true }).click()
    await expect(backup('shop').getByText('removed')).toBeVisible()
    await accessible('all backups')
    await window.button('Restore from file').click()
    const dialog = window.dialog('Restore a volume from a file')
    const file = { name: 'notes.tar.gz', mimeType: 'application/gzip', buffer: Buffer.from('no archive') }
    await dialog.getByLabel('Archive').setInputFiles(file)
    await dialog.getByLabel('Restore into the volume').fill('from-file')
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click()
    await expect(window.task('Restore volume from-file')).toContainText('not a tar archive', {
      timeout: 60_000,
    })
    await window.button('Close tasks').click()
    expect(await dashboard.docker('volume', 'ls', '-q', '--filter', 'name=from-file')).toBe('')

    await backup('shop').getByRole('button', { name: 'Remove' }).click()
    await window.answer(window.question('Remove this backup?'), 'Remove')
    await expect(page.getByRole('heading', { name: 'No backups yet' })).toBeVisible()
  })
})
