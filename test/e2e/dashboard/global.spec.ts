import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:home'

test.describe.configure({ mode: 'serial' })

test.describe('home, commands and events', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
  })
  test.afterAll(() => dashboard.leave(page))

  const palette = () => page.getByRole('dialog', { name: 'Commands' })
  const search = () => palette().getByRole('combobox')
  const options = () => palette().getByRole('option')

  test('the first run leads from an empty machine to a running container with a link', async () => {
    const first = page.getByRole('region', { name: 'Your first container' })
    await expect(first.getByRole('listitem').first()).toContainText('done')
    await expect(first.getByRole('button', { name: 'Pull nginx:alpine' })).toBeVisible()
    await dashboard.importBusybox(image)
    await first.getByRole('button', { name: `Run ${image}` }).click()
    const form = page.getByRole('main')
    await expect(form.getByRole('combobox', { name: 'Image' })).toHaveValue(image)
    await form.getByLabel('Name', { exact: true }).fill('web')
    await form.getByLabel('Command', { exact: true }).fill('httpd -f -p 8080')
    await form.getByRole('button', { name: 'Add port' }).click()
    await form.getByLabel('Host port', { exact: true }).fill('5091')
    await form.getByLabel('Container port', { exact: true }).fill('8080')
    await form.getByRole('button', { name: 'Run container' }).click()
    await expect(page.getByText('web has started')).toBeVisible({ timeout: 60_000 })
    await window.show('Home')
    const link = page.getByRole('link', { name: '5091→8080/tcp' }).first()
    await expect(link).toHaveAttribute('href', 'http://localhost:5091')
  })

  test('the disk is measured when the user looks at the start page', async () => {
    const figure = page.getByRole('main').getByRole('link', { name: /^Data disk/ })
    await expect(figure).toContainText(/of \d/)
  })

  test('the start page tells what runs, what has failed and why, and what has changed', async () => {
    await dashboard.docker('run', '-d', '--name', 'broken', image, 'sh', '-c', 'exit 3')
    const attention = page.getByRole('region', { name: 'Needs attention' })
    await expect(attention).toContainText('broken')
    await expect(attention).toContainText('Its program reported an error (exit code 3)')
    await expect(
      page.getByRole('region', { name: /^Running/ }).getByRole('link', { name: 'web' }),
    ).toBeVisible()
    const changes = page.getByRole('region', { name: /changed|Changed/ })
    await expect(changes.getByRole('listitem').filter({ hasText: 'broken' })).toContainText('exited (3)')
    await expect(page.getByRole('region', { name: 'Uses the most' })).toContainText('web', {
      timeout: 60_000,
    })
    // The user has seen the error now.
    await window.show('Containers')
    await window.show('Home')
    await expect(page.getByText('Nothing needs your attention.')).toBeVisible()
  })

  test('the palette takes every key from the first one on, while its script still loads', async () => {
    const fresh = await page.context().newPage()
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const asked = new Promise<void>((resolve) => {
      void fresh.route(/PaletteResults[^/]*\.js/, async (route) => {
        resolve()
        await released
        await route.continue()
      })
    })
    await fresh.goto(`${dashboard.origin}/containers`)
    const row = fresh.getByRole('grid', { name: 'Containers' }).getByRole('row', { name: 'broken' })
    await row.focus()
    await fresh.keyboard.press('Control+k')
    await fresh.keyboard.type('g vol')
    await fresh.keyboard.press('Control+a')
    await fresh.keyboard.type('volumes')
    await fresh.keyboard.press('Enter')
    await asked
    const field = fresh.getByRole('combobox', { name: 'Find an object' })
    await expect(field).toHaveValue('volumes')
    expect(new URL(fresh.url()).pathname).toBe('/containers')
    release()
    await expect(fresh.getByRole('heading', { level: 1, name: 'Volumes' })).toBeVisible()
    await expect(field).toHaveCount(0)
    await fresh.close()
  })

  test('the palette finds an object and its actions, an action with an object, and a section', async () => {
    await page.keyboard.press('Control+k')
    await search().fill('web')
    await expect(options().first()).toContainText('web')
    await search().press('Enter')
    await expect(options().filter({ hasText: 'Open shell' })).toBeVisible()
    await expect(options().filter({ hasText: 'Start' })).toHaveCount(1)
    await search().press('Backspace')
    await search().fill('stop web')
    await expect(options().first()).toContainText('Stop · web')
    await search().press('Enter')
    await expect(palette()).toBeHidden()
    await expect.poll(() => dashboard.docker('inspect', '-f', '{{.State.Status}}', 'web')).toBe('exited')
    await page.keyboard.press('Control+k')
    await expect(options().first()).toContainText('web')
    await search().fill('proxy')
    await search().press('Enter')
    await expect(page.getByRole('region', { name: 'Proxy' })).toBeInViewport()
  })

  test('keys open pages and the list of keys, until the user turns them off', async () => {
    await page.getByRole('heading', { level: 1 }).click()
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await expect(page.getByRole('heading', { level: 1, name: 'Containers' })).toBeVisible()
    await page.keyboard.press('?')
    const keys = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await expect(keys.getByText('Extend the selection')).toBeVisible()
    expect(await findings(page)).toEqual([])
    await keys.getByRole('switch').click()
    await page.keyboard.press('Escape')
    await expect(keys).toBeHidden()
    await page.keyboard.press('?')
    await page.keyboard.press('Control+k')
    await expect(palette()).toBeVisible()
    await expect(keys).toBeHidden()
    await search().fill('keyboard')
    await search().press('Enter')
    await keys.getByRole('switch').click()
    await page.keyboard.press('Escape')
    await expect(keys).toBeHidden()
  })

  test('the Events page shows events live, filters them, and stands still while it is paused', async () => {
    await window.show('Events')
    const events = page.getByRole('grid', { name: 'Events' })
    await expect(events.getByRole('row').filter({ hasText: 'broken' }).first()).toBeVisible()
    await dashboard.docker('volume', 'create', 'fresh')
    await page.getByRole('button', { name: 'Volumes', exact: true }).click()
    const row = events.getByRole('row').filter({ hasText: 'fresh' })
    await expect(row).toContainText('created')
    await expect(events.getByRole('row').filter({ hasText: 'broken' })).toHaveCount(0)
    await window.button('Pause').click()
    await dashboard.docker('volume', 'rm', 'fresh')
    await expect(page.getByText('1 newer event')).toBeVisible()
    await window.button('Show newest').click()
    await expect(row.first()).toContainText('removed')
    await row.first().getByRole('button', { name: 'Details' }).click()
    await expect(window.dialog('volume destroy')).toContainText('local')
    await page.keyboard.press('Escape')
  })

  for (const colorScheme of themes)
    test(`axe finds no problem on Home, in the palette and on Events (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      expect.soft(await findings(page), 'Events').toEqual([])
      await window.show('Home')
      await expect(page.getByRole('region', { name: /^Running/ })).toBeVisible()
      expect.soft(await findings(page), 'Home').toEqual([])
      await page.keyboard.press('Control+k')
      await search().fill('we')
      await expect(options().first()).toBeVisible()
      expect.soft(await findings(page), 'palette').toEqual([])
      await page.keyboard.press('Escape')
      await window.show('Events')
    })

  test('a notice about what ended in a hidden window waits until the user returns', async () => {
    const setVisibility = (state: string) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'visibilityState', { value, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, state)
    await setVisibility('hidden')
    const other = await page.context().newPage()
    await other.goto(`${dashboard.origin}/images`)
    await other.getByRole('main').getByRole('button', { name: 'Pull', exact: true }).first().click()
    const dialog = new BerthWindow(other).dialog('Pull an image')
    await dialog.getByRole('combobox', { name: 'Image name' }).fill('127.0.0.1:9/nothing:1')
    await dialog.getByRole('combobox', { name: 'Image name' }).press('Tab')
    await dialog.getByRole('button', { name: 'Pull', exact: true }).click()
    await expect(page.getByRole('button', { name: /Tasks: 1 task has failed/ })).toBeVisible({
      timeout: 60_000,
    })
    const notice = page.getByText('Pull 127.0.0.1:9/nothing:1: failed')
    await expect(notice).toHaveCount(0)
    await setVisibility('visible')
    await expect(notice.first()).toBeVisible()
    await other.close()
  })
})

test('the first run needs no registry: an image of the machine, a web server, and its page', async ({
  dashboard,
}) => {
  const page = await dashboard.open()
  const first = page.getByRole('region', { name: 'Your first container' })
  await first.getByRole('button', { name: 'Use Berth’s own image' }).press('Enter')
  const serve = first.getByRole('button', { name: 'Start a web server' })
  // The button that had the focus is gone, so the next step has it.
  await expect(serve).toBeFocused({ timeout: 60_000 })
  expect(await findings(page)).toEqual([])
  await serve.press('Enter')
  const link = first.getByRole('link', { name: /→80\/tcp/ })
  await expect(link).toBeVisible({ timeout: 60_000 })
  await expect(first.getByRole('listitem').last().getByRole('link').first()).toBeFocused()
  const answer = await page.request.get((await link.getAttribute('href')) ?? '')
  expect(await answer.text()).toContain('It works')
  expect(
    await dashboard.docker(
      'inspect',
      '-f',
      '{{index .Config.Labels "app.berth.base-image"}}',
      'berth/busybox',
    ),
  ).toContain('busybox of its own machine')
  await page.context().close()
  await dashboard.clear()
})
