import type { Page } from '@playwright/test'
import { shellLessTar } from '../../support/shell-less-image'
import { BerthWindow } from '../pages/berth-window'
import { ShellTabs } from '../pages/shell-tabs'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

test.describe.configure({ mode: 'serial' })

test.describe('the shells of a container', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow
  let shells: ShellTabs

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open({ permissions: ['clipboard-read', 'clipboard-write'] })
    window = new BerthWindow(page)
    shells = new ShellTabs(page)
    await dashboard.importBusybox('full:1')
    await dashboard.import(await shellLessTar(), 'bare:1')
    await dashboard.docker('run', '-d', '--init=false', '--name', 'full', 'full:1', 'sleep', '100000')
    await dashboard.docker('run', '-d', '--name', 'bare', 'bare:1', '/app/sleep', '100000')
  })
  test.afterAll(() => dashboard.leave(page))

  async function openShells(container: string): Promise<void> {
    await window.show('Containers')
    await window.row('Containers', container).getByRole('link', { name: container, exact: true }).click()
    await page.getByRole('link', { name: 'Shell', exact: true }).click()
  }

  test('are tabs that come back after a reload, and that a second window shares', async () => {
    await openShells('full')
    await shells.prompt()
    await shells.enter('marker=first')
    await page.getByRole('button', { name: 'New shell' }).click()
    await expect(shells.tabs).toHaveCount(2)
    await shells.prompt()
    await shells.enter("printf '\\033]0;my title\\007'; marker=second")
    await expect(shells.tabs.nth(1)).toContainText('my title')

    await page.reload()
    await expect(shells.tabs).toHaveCount(2)
    await shells.prompt()
    await shells.enter('echo is-$marker')
    await shells.shows('is-second')
    await shells.tabs.nth(0).getByRole('button').first().click()
    await shells.prompt()
    await shells.enter('echo is-$marker')
    await shells.shows('is-first')

    const second = await page.context().newPage()
    await second.goto(page.url())
    const shared = new ShellTabs(second)
    await expect(shared.tabs).toHaveCount(2)
    await shared.shows('is-first')
    await shared.enter('echo typed-$((40 + 2))')
    await shells.shows('typed-42')
    await second.close()
  })

  test('find text, warn before a paste that would run, and ask before a program ends', async () => {
    await shells.enter('clear; seq 1 300 | sed s/^/line-/')
    await shells.shows('line-300')
    await shells.prompt()
    await page.keyboard.press('Control+Shift+F')
    const find = page.getByRole('search', { name: 'Find' })
    await find.getByRole('textbox').fill('no-such-line')
    await expect(find.getByRole('status')).toHaveText('No matches')
    await find.getByRole('textbox').fill('line-1')
    await expect(find.getByRole('status')).toHaveText('111 of 111')
    await find.getByRole('button', { name: 'Previous match' }).click()
    await expect(find.getByRole('status')).toHaveText('110 of 111')
    await shells.shows('line-198')
    await find.getByRole('button', { name: 'Regular expression' }).click()
    await expect(find.getByRole('status')).toHaveText('Matches found')
    await find.getByRole('textbox').fill('line-\\d{4}')
    await expect(find.getByRole('status')).toHaveText('No matches')
    await page.keyboard.press('Escape')
    await expect(find).toBeHidden()

    await page.evaluate(() => navigator.clipboard.writeText('echo pasted-1\necho pasted-2\n'))
    await page.keyboard.press('Control+Shift+V')
    const question = window.question('Paste several lines?')
    await expect(question).toContainText('echo pasted-2')
    await window.answer(question, 'Cancel')
    await shells.enter('clear; sleep 5432')
    await expect.poll(() => dashboard.docker('top', 'full', '-o', 'pid,args')).toContain('sleep 5432')
    await shells.tabs
      .nth(0)
      .getByRole('button', { name: /^Close/ })
      .click()
    await window.answer(window.question('Close Shell?'), 'Close shell')
    await expect(shells.tabs).toHaveCount(1)
    await expect.poll(() => dashboard.docker('top', 'full', '-o', 'pid,args')).not.toContain('sleep 5432')
  })

  test('start with the chosen shell, user and folder, which Berth remembers', async () => {
    await page.getByRole('button', { name: 'Choose shell, user and folder' }).click()
    await page.getByRole('combobox', { name: 'Shell' }).click()
    await page.getByRole('option', { name: '/bin/ash' }).click()
    await page.getByRole('combobox', { name: 'User' }).fill('nobody')
    await page.keyboard.press('Tab')
    await page.getByRole('textbox', { name: 'Folder' }).fill('tmp')
    await expect(page.getByText('Enter a path that starts with /.')).toBeVisible()
    await page.getByRole('textbox', { name: 'Folder' }).fill('/tmp')
    const choice = page.getByRole('dialog', { name: 'Choose shell, user and folder' })
    await choice.getByRole('button', { name: 'Open shell' }).click()
    await shells.prompt()
    await shells.enter('clear; id -un; pwd')
    await shells.shows(/nobody\n\/tmp/)
    await expect(shells.tabs.nth(1)).toContainText('ash')
    await page.reload()
    await shells.prompt()
    await page.getByRole('button', { name: 'New shell' }).click()
    await expect(shells.tabs).toHaveCount(3)
    await shells.prompt()
    await shells.enter('clear; id -un; pwd')
    await shells.shows(/nobody\n\/tmp/)
  })

  test('have a window of their own with several tabs, which comes back with the same tabs', async () => {
    const openWindow = async () => {
      const opened = page.context().waitForEvent('page')
      await window.row('Containers', 'full').getByRole('button', { name: 'Open shell' }).click()
      return new ShellTabs(await opened)
    }
    await window.show('Containers')
    const own = await openWindow()
    await own.prompt()
    await own.enter('name=first')
    await own.page.keyboard.press('Control+Shift+Backquote')
    await expect(own.tabs).toHaveCount(2)
    await own.prompt()
    await own.enter('name=second')
    await own.page.keyboard.press('Control+Shift+PageUp')
    await own.enter('clear; echo is-$name')
    await own.shows('is-first')
    // The first tab becomes the second one.
    await own.tabs.nth(0).getByRole('button').first().press('Shift+ArrowRight')
    await own.page.reload()
    await expect(own.tabs).toHaveCount(2)
    await own.tabs.nth(0).getByRole('button').first().click()
    await own.prompt()
    await own.enter('clear; echo is-$name')
    await own.shows('is-second')
    const from = await own.tabs.nth(0).boundingBox()
    const to = await own.tabs.nth(1).boundingBox()
    await own.page.mouse.move((from?.x ?? 0) + 20, (from?.y ?? 0) + 10)
    await own.page.mouse.down()
    await own.page.mouse.move((to?.x ?? 0) + (to?.width ?? 0), (to?.y ?? 0) + 10, { steps: 5 })
    await own.page.mouse.up()
    await own.tabs.nth(0).getByRole('button').first().click()
    await own.prompt()
    await own.enter('clear; echo is-$name')
    await own.shows('is-first')
    for (const colorScheme of themes) {
      await showTheme(own.page, colorScheme)
      expect.soft(await findings(own.page), colorScheme).toEqual([])
    }
    await own.page.evaluate(() => {
      globalThis.close()
    })
    const again = await openWindow()
    await expect(again.tabs).toHaveCount(2)
    await again.shows('is-first')
    await again.tabs
      .nth(1)
      .getByRole('button', { name: /^Close/ })
      .click()
    await expect(again.tabs).toHaveCount(1)
    const closed = again.page.waitForEvent('close')
    await again.tabs.nth(0).getByRole('button').first().press('Delete')
    await closed
    const fresh = await openWindow()
    await expect(fresh.tabs).toHaveCount(1)
    await fresh.page.close()
  })

  test('are tool shells if the image has no shell, and leave nothing in the container', async () => {
    await openShells('bare')
    await expect(page.getByRole('alert')).toContainText('bare has no shell')
    await page.getByRole('button', { name: 'Open tool shell' }).click()
    await expect(page.getByText('Tool shell: the commands are Berth’s')).toBeVisible()
    await shells.prompt()
    await shells.enter('clear; ps -o pid,args; ls /app')
    await shells.shows(/1 \/app\/sleep 100000[^]*\nsleep/)
    expect(await dashboard.docker('diff', 'bare')).toBe('')
    for (const colorScheme of themes) {
      await showTheme(page, colorScheme)
      expect(await findings(page)).toEqual([])
    }
  })
})
