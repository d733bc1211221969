import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:list'
const sleeping = ['sh', '-c', 'trap exit TERM; sleep 1000 & wait']

test.describe.configure({ mode: 'serial' })

test.describe('the list of containers', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  const docker = (...args: string[]) => dashboard.docker(...args)
  const row = (name: string) => window.row('Containers', name)
  const checkbox = (name: string) => row(name).getByRole('checkbox', { name: `Select ${name}`, exact: true })
  const bar = () => page.getByRole('toolbar', { name: 'Selected containers' })

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(image)
    for (const name of ['shop-web-1', 'shop-db-1', 'alone', 'spare']) {
      const label = name.startsWith('shop') ? ['--label', 'com.docker.compose.project=shop'] : []
      await docker('run', '-d', '--name', name, ...label, image, ...sleeping)
    }
    await window.show('Containers')
    await expect(row('spare')).toContainText('Up ')
  })
  test.afterAll(() => dashboard.leave(page))

  test('shows a compose project as a group, which stays folded in a new window', async () => {
    const group = row('shop, 2 of 2 running')
    await expect(group).toBeVisible()
    await group.getByRole('button', { name: 'shop, 2 of 2 running' }).click()
    await expect(row('shop-web-1')).toHaveCount(0)
    await page.reload()
    await expect(group).toBeVisible()
    await expect(row('shop-web-1')).toHaveCount(0)
    await page.getByRole('searchbox').fill('project:shop name:web')
    await expect(row('shop-web-1')).toBeVisible()
    await expect(row('alone')).toHaveCount(0)
    await page.getByRole('searchbox').fill('')
    await group.focus()
    await page.keyboard.press('ArrowRight')
    await expect(row('shop-web-1')).toBeVisible()
  })

  test('moves selected containers into the user’s own group, and pins one', async () => {
    await checkbox('spare').click()
    await checkbox('alone').click({ modifiers: ['Shift'] })
    await expect(bar()).toContainText('2 selected')
    await bar().getByRole('button', { name: 'Move to group' }).click()
    const dialog = window.dialog('Move to group')
    await dialog.getByRole('combobox', { name: 'Group' }).fill('내 앱')
    await dialog.getByRole('button', { name: 'Move', exact: true }).click()
    await expect(row('내 앱, 2 of 2 running')).toBeVisible()
    await window.rowMenu(row('spare'), 'Pin to the top')
    await expect(row('spare').getByText('Pinned')).toBeAttached()
    const stored: unknown = JSON.parse(await readFile(join(dashboard.home, 'container-groups.json'), 'utf8'))
    expect(stored).toMatchObject({ pinned: ['spare'], groups: [{ name: '내 앱' }] })
  })

  test('axe finds no problem in groups, a selection, the columns and a dialog, in both themes', async () => {
    for (const colorScheme of themes) {
      await showTheme(page, colorScheme)
      expect.soft(await findings(page), `${colorScheme} list`).toEqual([])
      await page.getByRole('button', { name: 'Columns' }).click()
      await expect(page.getByRole('list', { name: 'Columns' })).toBeVisible()
      expect.soft(await findings(page), `${colorScheme} columns`).toEqual([])
      await page.keyboard.press('Escape')
      await window.rowMenu(row('alone'), 'Commit to image')
      await expect(window.dialog('Make an image from alone')).toBeVisible()
      expect.soft(await findings(page), `${colorScheme} commit`).toEqual([])
      await page.keyboard.press('Escape')
    }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null })
  })

  test('shows, moves and remembers columns by keyboard', async () => {
    await page.getByRole('button', { name: 'Columns' }).press('Enter')
    const list = page.getByRole('list', { name: 'Columns' })
    await list.getByRole('checkbox', { name: 'Project' }).press('Space')
    await list.getByRole('button', { name: 'Move Project to the left' }).press('Enter')
    await list.getByRole('button', { name: 'Move Project to the left' }).press('Enter')
    await expect(list.getByRole('button', { name: 'Move Project to the left' })).toBeFocused()
    await page.keyboard.press('Escape')
    await page.reload()
    const headers = page.getByRole('columnheader')
    await expect(headers.filter({ hasText: 'Project' })).toBeVisible()
    const labels = (await headers.allTextContents()).map((label) => label.trim())
    const project = labels.indexOf('Project')
    expect(labels[project + 1]).toBe('Memory')
    await expect(row('shop-web-1').getByRole('gridcell').nth(project)).toHaveText('shop')
  })

  test('moves a column by dragging its header, which does not sort, and Escape cancels the drag', async () => {
    const header = (name: string) => page.getByRole('columnheader').filter({ hasText: name })
    const order = async () =>
      (await page.getByRole('columnheader').allTextContents()).map((text) => text.trim())
    const centre = async (name: string) => {
      const box = await header(name).boundingBox()
      return { x: (box?.x ?? 0) + 20, y: (box?.y ?? 0) + (box?.height ?? 0) / 2, left: box?.x ?? 0 }
    }
    const before = await order()
    const [from, to] = [await centre('Image'), await centre('Status')]
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(to.left + 4, to.y, { steps: 5 })
    await page.keyboard.press('Escape')
    await page.mouse.up()
    expect(await order()).toEqual(before)
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(to.left + 4, to.y, { steps: 5 })
    await page.mouse.up()
    const expected = before.filter((name) => name !== 'Image')
    expected.splice(expected.indexOf('Status'), 0, 'Image')
    await expect.poll(order).toEqual(expected)
    await expect(header('Image')).toHaveAttribute('aria-sort', 'none')
    await page.reload()
    await expect.poll(order).toEqual(expected)
    await header('Image').getByRole('button').click()
    await expect(header('Image')).toHaveAttribute('aria-sort', 'ascending')
  })

  test('finds the user’s group and the selected rows in the palette, with their actions', async () => {
    const palette = page.getByRole('dialog', { name: 'Commands' })
    const search = palette.getByRole('combobox')
    const first = palette.getByRole('option').first()
    await page.keyboard.press('Control+k')
    await search.fill('rename 내 앱')
    await expect(first).toContainText('Rename group · 내 앱')
    await search.press('Enter')
    const rename = window.dialog('Rename group')
    await rename.getByLabel('New name').fill('our apps')
    await rename.getByRole('button', { name: 'Rename' }).click()
    await expect(row('our apps, 2 of 2 running')).toBeVisible()
    await page.keyboard.press('Control+k')
    await search.fill('pause our apps')
    await expect(first).toContainText('Pause · our apps')
    await search.press('Enter')
    await window.answer(window.question('Pause 2 containers?'), 'Pause')
    await expect(row('spare')).toContainText('(paused)', { timeout: 60_000 })
    await checkbox('spare').click()
    await page.keyboard.press('Control+k')
    await search.fill('unpause selected')
    await expect(first).toContainText('Unpause · 1 selected container')
    await search.press('Enter')
    await expect(row('spare')).not.toContainText('(paused)', { timeout: 60_000 })
    await row('our apps').getByRole('button', { name: 'More actions for our apps' }).click()
    await page.getByRole('menuitem', { name: 'Unpause' }).click()
    await expect(row('alone')).not.toContainText('(paused)', { timeout: 60_000 })
    await page.keyboard.press('Control+k')
    await search.fill('our apps')
    await search.press('Enter')
    await expect(first).toContainText('Show containers')
    await search.press('Enter')
    await expect(page.getByRole('searchbox')).toHaveValue('group:"our apps"')
    await expect(row('shop-web-1')).toHaveCount(0)
    await expect(row('alone')).toBeVisible()
    await page.getByRole('searchbox').fill('')
    await bar().getByRole('button', { name: 'Clear selection' }).click()
    await expect(bar()).toHaveCount(0)
    await page.getByRole('heading', { level: 1 }).click()
    await page.keyboard.press('?')
    const keys = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await expect(keys.getByText('Clear selection')).toBeVisible()
    await page.keyboard.press('Escape')
  })

  test('renames a container, and the group keeps it', async () => {
    await window.rowMenu(row('alone'), 'Rename')
    const dialog = window.dialog('Rename alone')
    await dialog.getByLabel('New name').fill('spare')
    await dialog.getByRole('button', { name: 'Rename' }).click()
    await expect(dialog).toContainText('Another container has this name')
    await dialog.getByLabel('New name').fill('renamed')
    await dialog.getByRole('button', { name: 'Rename' }).click()
    await expect(row('renamed')).toBeVisible()
    await expect(row('our apps, 2 of 2 running')).toBeVisible()
    expect(await docker('ps', '--format', '{{.Names}}')).toContain('renamed')
  })

  test('stops and removes many containers with one question, by keyboard', async () => {
    await row('shop-web-1').focus()
    await page.keyboard.press('Control+a')
    await expect(bar()).toContainText('4 selected')
    await page.keyboard.press('Escape')
    await expect(bar()).toHaveCount(0)
    await row('shop-web-1').focus()
    await page.keyboard.press('Space')
    await checkbox('renamed').click()
    await bar().getByRole('button', { name: 'Stop' }).click()
    const stop = window.question('Stop 2 containers?')
    await expect(stop).toContainText('shop-web-1')
    await expect(stop).toContainText('renamed')
    await window.answer(stop, 'Stop')
    await expect(row('renamed')).toContainText('Exited', { timeout: 60_000 })
    await expect(page.getByText('2 containers stopped', { exact: true }).first()).toBeVisible()
    await checkbox('shop-db-1').click()
    await checkbox('renamed').click()
    await bar().getByRole('button', { name: 'Remove' }).click()
    const remove = window.question('Remove 2 containers?')
    await expect(remove).toContainText('Still active, and killed: shop-db-1')
    await window.answer(remove, 'Remove')
    await expect(row('shop-db-1')).toHaveCount(0)
    await expect(bar()).toHaveCount(0)
    // The engine lists a container for a moment after it has reported its removal.
    const left = async () => (await docker('ps', '-a', '--format', '{{.Names}}')).split('\n').sort()
    await expect.poll(left).toEqual(['renamed', 'spare'])
  })

  test('prunes stopped containers, and says before and after what that frees', async () => {
    await window.button('Prune').click()
    const question = window.question('Remove stopped containers?')
    await expect(question).toContainText('renamed · ')
    await expect(question).toContainText('All volumes are kept')
    await window.answer(question, 'Prune')
    await expect(row('renamed')).toHaveCount(0)
    await expect(page.getByText(/1 container removed, .* freed/).first()).toBeVisible()
  })

  test('starts a container attached and shows its exit code, and exports its files', async () => {
    await docker('create', '--name', 'once', image, 'sh', '-c', 'echo the first line; exit 5')
    await window.rowMenu(row('once'), 'Start attached')
    const dialog = window.dialog('Output of once')
    await expect(dialog).toContainText('the first line')
    await expect(dialog).toContainText('Ended with exit code 5')
    await page.keyboard.press('Escape')
    const download = page.waitForEvent('download')
    await window.rowMenu(row('once'), 'Export files')
    expect((await download).suggestedFilename()).toBe('once.tar')
  })
})
