import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const base = 'busybox:compose'
const files = `services:
  web:
    image: ${base}
    command: httpd -f -p 80
    ports: ['127.0.0.1:47614:80']
    depends_on: { db: { condition: service_healthy } }
    stop_signal: SIGKILL
  db:
    image: ${base}
    command: sleep 100000
    healthcheck: { test: 'true', interval: 60s, start_period: 60s, start_interval: 1s }
    volumes: ['kept:/kept']
    stop_signal: SIGKILL
  debug:
    image: ${base}
    profiles: [dev]
volumes: { kept: {} }
`

test.describe.configure({ mode: 'serial' })

test.describe('compose projects', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow
  let folder: string

  const service = (name: string) =>
    page
      .getByRole('list', { name: 'Services' })
      .getByRole('listitem')
      .filter({
        has: page.getByRole('heading', { name }),
      })
  const section = (name: string) =>
    page.getByRole('navigation', { name: 'Sections of the project' }).getByRole('link', { name })

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(base)
    folder = join(dashboard.shared, 'market')
    await mkdir(folder)
  })
  test.afterAll(() => dashboard.leave(page))

  test('a folder is opened, and a broken file is reported until another program corrects it', async () => {
    await writeFile(join(folder, 'compose.yaml'), files.replace('image:', 'imagee:'))
    await window.show('Compose')
    await expect(page.getByRole('heading', { name: 'No projects yet' })).toBeVisible()
    await window.button('Open project').first().click()
    const dialog = window.dialog('Open a Compose project')
    await dialog.getByLabel('Folder or compose file', { exact: true }).fill('market')
    await dialog.getByRole('button', { name: 'Open', exact: true }).click()
    await expect(dialog.getByText('Enter a full path.')).toBeVisible()
    await dialog.getByLabel('Folder or compose file', { exact: true }).fill(folder)
    await dialog.getByRole('button', { name: 'Open', exact: true }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'market' })).toBeVisible()
    const alert = page.getByRole('alert').filter({ hasText: 'Compose cannot use the files' })
    await expect(alert).toContainText("'imagee' not allowed")
    await writeFile(join(folder, 'compose.yaml'), files)
    await expect(service('web')).toContainText('Waits for db (healthy)')
    await expect(alert).toBeHidden()
    await expect(service('debug')).toContainText('Its profile is not active.')
  })

  test('the files are edited with problems while typing, and saved after a look at the changes', async () => {
    await section('Files').click()
    const editor = page.getByRole('textbox', { name: 'compose.yaml' })
    await editor.fill(files.replace('depends_on', 'depend_on'))
    await expect(page.getByText('Did you mean “depends_on”?')).toBeVisible()
    await editor.fill(`${files}# checked\n`)
    await expect(page.getByText('No problems found')).toBeVisible()
    await section('Services').click()
    await section('Files').click()
    await expect(editor).toContainText('# checked')
    await window.button('Quit Berth').click()
    const quit = window.question('Quit Berth?')
    await expect(quit).toContainText(join(folder, 'compose.yaml'))
    await expect(quit.getByRole('button', { name: 'Discard and quit' })).toBeVisible()
    await window.answer(quit, 'Cancel')
    await window.machineIs('Running')
    await window.button('Review changes').click()
    await expect(page.getByRole('region', { name: 'Changes to compose.yaml' })).toContainText('# checked')
    await window.button('Save').click()
    await expect.poll(() => readFile(join(folder, 'compose.yaml'), 'utf8')).toBe(`${files}# checked\n`)
    await window.button('Quit Berth').click()
    await expect(quit).toBeVisible()
    await expect(quit).not.toContainText('not saved')
    await window.answer(quit, 'Cancel')
    await section('Services').click()
  })

  test('a file that the project includes is an editor too, and follows its change on disk', async () => {
    const included = join(folder, 'extra', 'cache.yaml')
    const cache = `services:\n  cache:\n    image: ${base}\n    profiles: [dev]\n`
    await mkdir(join(folder, 'extra'))
    await writeFile(included, cache)
    await writeFile(join(folder, 'compose.yaml'), `include: [extra/cache.yaml]\n${files}`)
    await expect(service('cache')).toBeVisible()
    await section('Files').click()
    await page.getByRole('tab', { name: 'cache.yaml' }).click()
    const editor = page.getByRole('textbox', { name: 'cache.yaml' })
    await expect(editor).toContainText('cache:')
    await writeFile(included, cache.replace('cache:', 'store:'))
    await expect(editor).toContainText('store:')
    await section('Services').click()
    await expect(service('store')).toBeVisible()
    await writeFile(join(folder, 'compose.yaml'), files)
    await expect(service('store')).toHaveCount(0)
  })

  test('Up starts the services, shows compose’s output, and opens the port', async () => {
    await window.button('Up').first().click()
    await page.getByRole('link', { name: 'Show output' }).click()
    await expect(page.getByRole('log')).toContainText('Container market-web-1  Started', { timeout: 120_000 })
    await section('Services').click()
    await expect(service('web').getByRole('link', { name: '47614→80/tcp' })).toHaveAttribute(
      'href',
      'http://localhost:47614',
      { timeout: 60_000 },
    )
    await expect(service('db')).toContainText('Up')
    await section('Start order').click()
    await page.getByRole('link', { name: 'db' }).first().focus()
    await page.keyboard.press('ArrowRight')
    await expect(page.getByText('web waits for db (healthy).').first()).toBeVisible()
  })

  for (const colorScheme of themes)
    test(`axe finds no problem on the pages of compose (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      await window.show('Compose')
      await expect(page.getByRole('grid', { name: 'Compose projects' })).toContainText('All 2 running')
      expect.soft(await findings(page), 'Projects').toEqual([])
      await page.getByRole('link', { name: 'market', exact: true }).click()
      for (const name of ['Files', 'Start order', 'Output', 'Services']) {
        await section(name).click()
        await expect(section(name)).toHaveAttribute('aria-current', 'page')
        expect.soft(await findings(page), name).toEqual([])
      }
    })

  test('Down names what goes, and removes it', async () => {
    await window.button('More actions').first().click()
    await page.getByRole('menuitem', { name: 'Down …' }).click()
    const dialog = window.dialog('Take market down?')
    await expect(dialog).toContainText('market-web-1')
    await expect(dialog).toContainText('market_default')
    await expect(dialog).not.toContainText('market_kept')
    await dialog.getByLabel('Remove volumes too').click()
    await expect(dialog).toContainText('market_kept')
    await dialog.getByRole('button', { name: 'Take down' }).click()
    await expect(service('web')).toContainText('Not created', { timeout: 60_000 })
    await window.button('More actions').first().click()
    await page.getByRole('menuitem', { name: 'Remove from the list' }).click()
    await expect(page.getByRole('heading', { name: 'No projects yet' })).toBeVisible()
    expect(await dashboard.docker('volume', 'ls', '-q')).toBe('')
  })
})
