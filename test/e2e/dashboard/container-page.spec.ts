import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:page'

test.describe.configure({ mode: 'serial' })

test.describe('the page of a container', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(image)
    const script =
      'sleep 5432 & nc -lk -p 80 -e true & while :; do dd if=/dev/zero of=/written bs=64k count=8; sleep 0.2; done'
    const health = ['--health-cmd', 'echo all is well', '--health-interval', '2s']
    const options = ['-p', '5093:80', '-e', 'API_TOKEN=hunter2', '--memory=128m', '-v', 'data:/data']
    await dashboard.docker('run', '-d', '--name', 'shop', ...health, ...options, image, 'sh', '-c', script)
  })
  test.afterAll(() => dashboard.leave(page))

  test('the list shows what a container uses, with its limit', async () => {
    await window.show('Containers')
    const row = window.row('Containers', 'shop')
    await expect(row).toContainText(/\d %/)
    await expect(row).toContainText('/ 128 MiB')
  })

  test('the summary shows live graphs, health, ports, mounts and networks, and hides secrets', async () => {
    await window.row('Containers', 'shop').getByRole('link', { name: 'shop' }).click()
    await expect(page.getByRole('link', { name: 'Summary' })).toHaveAttribute('aria-current', 'page')
    for (const title of ['CPU', 'Memory', 'Disk'])
      await expect(page.getByRole('img', { name: `${title} in the last 5 minutes` })).toBeVisible()
    const card = (name: string) => page.getByRole('region', { name, exact: true })
    await expect(card('Health check')).toContainText('all is well')
    await expect(card('Ports').getByRole('link', { name: '5093→80/tcp' })).toBeVisible()
    await expect(card('Ports')).toContainText('open')
    await expect(card('Mounts')).toContainText('Volume')
    await expect(card('Networks')).toContainText(/172\.17\.0\.\d+\/16/)
    await expect(card('Environment')).not.toContainText('hunter2')
    await card('Environment').getByRole('button', { name: 'Show the value of API_TOKEN' }).click()
    await expect(card('Environment')).toContainText('hunter2')
  })

  test('a process is ended by its button', async () => {
    await page.getByRole('link', { name: 'Processes' }).click()
    const table = page.getByRole('grid', { name: 'Processes of the container' })
    const server = table.getByRole('row', { name: /^\d+ sleep 5432/ })
    await server.getByRole('button', { name: 'End process (SIGTERM)' }).click()
    const question = page.getByRole('dialog', { name: /End process/ })
    await expect(question).toContainText('sleep 5432')
    await window.answer(question, 'End process')
    await expect(server).toHaveCount(0)
    // A command that the shell starts is a second `sh -c` for a moment.
    await expect(table.getByRole('row', { name: /^1 sh -c/ })).toBeVisible()
  })

  test('Inspect is searched and folded, and shows the path of a line', async () => {
    await page.getByRole('link', { name: 'Inspect' }).click()
    const tree = page.getByRole('tree', { name: 'Inspect output' })
    await expect(tree).toContainText('"Name": "/shop"')
    const search = page.getByRole('searchbox', { name: 'Search the JSON' })
    await search.fill('FailingStreak')
    await expect(page.getByLabel('Path of the selected line')).toHaveText('.State.Health.FailingStreak')
    await tree.focus()
    await page.keyboard.press('ArrowLeft')
    await expect(page.getByLabel('Path of the selected line')).toHaveText('.State.Health')
    await page.keyboard.press('ArrowLeft')
    await expect(tree).not.toContainText('FailingStreak')
    await search.press('Enter')
    await expect(tree).toContainText('FailingStreak')
  })

  for (const colorScheme of themes)
    test(`axe finds no problem on its tabs (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      for (const tab of ['Summary', 'Processes', 'Inspect']) {
        await page.getByRole('link', { name: tab, exact: true }).click()
        if (tab === 'Summary') await expect(page.getByRole('img', { name: /^CPU/ })).toBeVisible()
        expect.soft(await findings(page), tab).toEqual([])
      }
    })

  test('a container that is removed while its page is open is shown as removed', async () => {
    await dashboard.docker('rm', '-f', 'shop')
    await expect(page.getByRole('heading', { name: 'shop was removed' })).toBeVisible()
    await page.getByRole('link', { name: 'Back to containers' }).last().click()
    await expect(page.getByRole('heading', { level: 1, name: 'Containers' })).toBeVisible()
  })
})
