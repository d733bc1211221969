import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { BerthWindow, runContainer } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:files'

test.describe.configure({ mode: 'serial' })

test.describe('files of containers and volumes', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(image)
    await window.show('Containers')
    await runContainer(window, {
      image,
      name: 'files',
      command: `sh -c 'echo "key: old" > /etc/app.yaml; rm /etc/group; mkdir /site; exec sleep 100000'`,
      volume: { name: 'assets', path: '/data' },
    })
    await window.row('Containers', 'files').getByRole('link', { name: 'files' }).click()
    await page.getByRole('link', { name: 'Files', exact: true }).click()
  })
  test.afterAll(() => dashboard.leave(page))

  const row = (name: string) =>
    page.getByRole('grid', { name: 'Files' }).getByRole('row', { name, exact: true })
  const exec = (...command: string[]) => dashboard.docker('exec', 'files', ...command)

  test('a file is edited with the keyboard, and changes of others are noticed', async () => {
    await row('etc').getByRole('button', { name: 'etc' }).click()
    await expect(row('group').getByText('Deleted by the container')).toBeAttached()
    await expect(row('app.yaml').getByText('Added by the container')).toBeAttached()
    await row('app.yaml').focus()
    await page.keyboard.press('Enter')
    const editor = page.getByRole('textbox', { name: 'Content of app.yaml' })
    await expect(editor).toContainText('key: old')
    for (const colorScheme of themes) {
      await showTheme(page, colorScheme)
      expect.soft(await findings(page), `editor ${colorScheme}`).toEqual([])
    }
    await editor.press('ControlOrMeta+End')
    await editor.pressSequentially('new: true')
    await editor.press('ControlOrMeta+s')
    await expect(window.button('Save')).toBeDisabled()
    expect(await exec('cat', '/etc/app.yaml')).toBe('key: old\nnew: true')

    await exec('sh', '-c', 'echo other > /etc/app.yaml')
    await editor.pressSequentially('!')
    await window.button('Save').click()
    await expect(page.getByRole('alert')).toContainText('has changed since it was opened')
    expect(await exec('cat', '/etc/app.yaml')).toBe('other')
    await window.button('Save anyway').click()
    await expect(page.getByRole('alert')).toBeHidden()
    expect(await exec('cat', '/etc/app.yaml')).toBe('key: old\nnew: true!')
    await window.button('Back to the folder').click()
  })

  test('files are uploaded, downloaded, renamed and removed; a change in the container appears by itself', async () => {
    await window.button('Root folder').click()
    await row('site').getByRole('button', { name: 'site' }).click()
    await expect(page.getByRole('heading', { name: 'This folder is empty' })).toBeVisible()
    await page.locator('input[type=file][multiple]').setInputFiles([
      { name: 'one & "two".txt', mimeType: 'text/plain', buffer: Buffer.from('content') },
      { name: 'large', mimeType: 'text/plain', buffer: Buffer.alloc(600_000, 'x') },
    ])
    await expect(row('large')).toContainText('600 kB')
    const downloading = page.waitForEvent('download')
    await row('one & "two".txt').getByRole('button', { name: 'Download' }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toContain('one &')
    expect(await readFile(await download.path(), 'utf8')).toBe('content')

    await exec('touch', '/site/by-itself')
    await expect(row('by-itself')).toBeVisible()
    await row('large').getByRole('button', { name: 'Rename' }).click()
    const dialog = window.dialog('Rename large')
    await dialog.getByLabel('Name').fill('a/b')
    await dialog.getByRole('button', { name: 'Rename' }).click()
    await expect(dialog.getByText('cannot contain')).toBeVisible()
    await dialog.getByLabel('Name').fill('renamed')
    await dialog.getByRole('button', { name: 'Rename' }).click()
    await expect(row('renamed')).toBeVisible()
    await row('renamed').getByRole('button', { name: 'Remove' }).click()
    await window.answer(window.question('Remove renamed?'), 'Remove')
    await expect(row('renamed')).toHaveCount(0)
    expect(await exec('ls', '/site')).toBe('by-itself\none & "two".txt')
  })

  test('a volume is browsed, cloned and emptied', async () => {
    await exec('sh', '-c', 'echo asset > /data/asset.txt')
    await window.show('Volumes')
    for (const colorScheme of themes) {
      await showTheme(page, colorScheme)
      expect.soft(await findings(page), `volumes ${colorScheme}`).toEqual([])
    }
    await window.row('Volumes', 'assets').getByRole('button', { name: 'Clone' }).click()
    const clone = window.dialog('Clone volume assets')
    await clone.getByRole('button', { name: 'Clone' }).click()
    await expect(clone).toBeHidden()
    await window.row('Volumes', 'assets-copy').getByRole('link', { name: 'assets-copy' }).click()
    await expect(row('asset.txt')).toBeVisible()
    for (const colorScheme of themes) {
      await showTheme(page, colorScheme)
      expect.soft(await findings(page), `volume ${colorScheme}`).toEqual([])
    }
    await window.button('Empty').click()
    await window.answer(window.question('Empty volume assets-copy?'), 'Empty')
    await expect(page.getByRole('heading', { name: 'This folder is empty' })).toBeVisible()
    expect(await exec('cat', '/data/asset.txt')).toBe('asset')
  })
})
