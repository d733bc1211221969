import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:hints'

test.describe.configure({ mode: 'serial' })

test.describe('hints about the setup of containers', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(image)
    const socket = '/var/run/docker.sock:/var/run/docker.sock'
    await dashboard.docker(
      ...['run', '-d', '--name', 'mighty', '--privileged', '-v', socket, image],
      ...['sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait'],
    )
  })
  test.afterAll(() => dashboard.leave(page))

  const list = () => page.getByRole('list', { name: 'Hints' })
  const item = (text: string) => list().getByRole('listitem').filter({ hasText: text })

  test('are on the Home page, with the container', async () => {
    await window.show('Home')
    await expect(item('It is privileged.').getByRole('link', { name: 'mighty' })).toBeVisible()
    await expect(item('The docker socket is mounted at /var/run/docker.sock.')).toContainText(
      'controls the engine',
    )
  })

  test('are counted by a mark in the list of containers, which leads to them', async () => {
    await window.show('Containers')
    const mark = page.getByRole('link', { name: '2 hints about mighty' })
    await expect(mark).toHaveAttribute('title', /^The docker socket is mounted at .+\nIt is privileged\.$/)
    await mark.click()
    await expect(item('It is privileged.')).toBeVisible()
  })

  for (const colorScheme of themes)
    test(`axe finds no problem on both pages (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      await window.show('Home')
      await expect(item('It is privileged.')).toBeVisible()
      expect.soft(await findings(page), 'Home').toEqual([])
      await window.show('Containers')
      await expect(page.getByRole('link', { name: '2 hints about mighty' })).toBeVisible()
      expect.soft(await findings(page), 'Containers').toEqual([])
      await page.getByRole('link', { name: '2 hints about mighty' }).click()
      await expect(item('It is privileged.')).toBeVisible()
      expect.soft(await findings(page), 'Summary').toEqual([])
    })

  test('are dismissed and shown again by keyboard', async () => {
    await item('docker socket')
      .getByRole('button', { name: /^Dismiss: The docker socket/ })
      .press('Enter')
    await expect(item('docker socket')).toHaveCount(0)
    const folded = page.getByRole('button', { name: '1 dismissed hint' })
    await page.reload()
    await expect(folded).toBeVisible()
    await window.show('Containers')
    await page.getByRole('link', { name: '1 hint about mighty' }).click()
    await folded.press('Enter')
    await item('docker socket')
      .getByRole('button', { name: /^Show again: The docker socket/ })
      .press('Enter')
    await expect(folded).toHaveCount(0)
    await expect(item('docker socket').getByRole('button', { name: /^Dismiss/ })).toBeVisible()
  })

  test('open the form for edit with the change, and go when it is made', async () => {
    await item('It is privileged.').getByRole('button', { name: 'Mend …' }).click()
    await expect(page.getByRole('switch', { name: /^Privileged/ })).not.toBeChecked()
    const changes = page.getByRole('region', { name: 'Changes' })
    await expect(changes).toContainText('Privileged')
    await window.button('Apply changes').click()
    await expect(page.getByText(/^Nothing is changed yet/)).toBeVisible({ timeout: 60_000 })
    const format = '{{.HostConfig.Privileged}} {{len .HostConfig.MaskedPaths}}'
    expect(await dashboard.docker('inspect', '-f', format, 'mighty')).toMatch(/^false [1-9]/)
    await window.show('Home')
    await expect(item('docker socket')).toBeVisible()
    await expect(item('It is privileged.')).toHaveCount(0)
  })

  test('move the data of a layer to a volume', async () => {
    const script =
      'mkdir -p /srv/db; [ -e /srv/db/a ] || dd if=/dev/zero of=/srv/db/a bs=1M count=60; trap "exit 0" TERM; sleep 100000 & wait'
    await dashboard.docker('run', '-d', '--name', 'heavy', image, 'sh', '-c', script)
    const size = () => dashboard.docker('exec', 'heavy', 'stat', '-c', '%s', '/srv/db/a').catch(() => '')
    await expect.poll(size, { timeout: 60_000 }).toBe('62914560')
    await window.show('Containers')
    await page.getByRole('link', { name: 'heavy', exact: true }).click()
    await item('in /srv/db.').getByRole('button', { name: 'Move to a volume …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Move the data of heavy to a volume' })
    await expect(dialog.getByText(/^The copy takes 6\d\.\d MB/)).toBeVisible()
    expect.soft(await findings(page), 'dialog').toEqual([])
    const name = dialog.getByRole('textbox', { name: 'Name of the new volume' })
    await expect(name).toHaveValue('heavy-db')
    await dialog.getByRole('button', { name: 'Move', exact: true }).click()
    await expect(dialog).toHaveCount(0)
    const format = '{{range .Mounts}}{{.Name}} {{.Destination}}{{end}}'
    await expect
      // For a moment, the old container has lost the name, and the new one does not exist yet.
      .poll(() => dashboard.docker('inspect', '-f', format, 'heavy').catch(() => ''), { timeout: 60_000 })
      .toBe('heavy-db /srv/db')
    // The new container starts after the copy.
    await expect.poll(size, { timeout: 60_000 }).toBe('62914560')
    await expect(item('in /srv/db.')).toHaveCount(0)
  })
})
