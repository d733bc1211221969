import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:run'
const sleep = 'sh -c "trap \'exit 0\' TERM; sleep 100000 & wait"'

test.describe.configure({ mode: 'serial' })

test.describe('run and edit', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(image)
  })
  test.afterAll(() => dashboard.leave(page))

  test('the form survives navigation, marks wrong values in folded sections, and runs a container', async () => {
    await window.show('Containers')
    await window.button('Run').click()
    await expect(page.getByRole('heading', { level: 1, name: 'Run a container' })).toBeVisible()
    await page.getByRole('combobox', { name: 'Image' }).fill(image)
    await page.getByRole('combobox', { name: 'Image' }).press('Tab')
    await page.getByLabel('Name', { exact: true }).fill('web')
    await page.getByLabel('Command', { exact: true }).fill(sleep)
    await window.show('Volumes')
    await page.goBack()
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('web')

    await page.getByRole('button', { name: 'Limits' }).click()
    await page.getByLabel('Memory', { exact: true }).fill('lots')
    await expect(page.getByText('Enter at least 6m')).toBeVisible()
    await page.getByLabel('Memory', { exact: true }).fill('64m')
    await expect(page.getByRole('button', { name: 'Limits' })).toContainText('1 set')
    await window.button('Text').click()
    await page.getByLabel('Environment variables').fill('GREETING="hello there"\nSECOND=2')
    await window.button('Run container').click()
    await expect(page.getByText('web has started')).toBeVisible({ timeout: 60_000 })
    const memory = await dashboard.docker('inspect', '-f', '{{.HostConfig.Memory}} {{.Config.Env}}', 'web')
    expect(memory).toContain(String(64 * 1024 ** 2))
    expect(memory).toContain('GREETING=hello there SECOND=2')
  })

  test('an edit shows its difference, and a failed edit puts the old container back by itself', async () => {
    const id = await dashboard.docker('inspect', '-f', '{{.Id}}', 'web')
    await page.getByRole('link', { name: 'Open container' }).click()
    await page.getByRole('link', { name: 'Edit' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Edit web' })).toBeVisible()
    await expect(page.getByText('Nothing is changed yet.')).toBeVisible()
    await page.getByLabel('Command', { exact: true }).fill('sh -c "echo goodbye; exit 3"')
    const changes = page.getByRole('region', { name: 'Changes' })
    await expect(changes).toContainText('exit 3')
    await changes.getByRole('button', { name: 'Show as JSON' }).click()
    await expect(page.getByRole('region', { name: 'The difference in the engine’s own form' })).toContainText(
      '"Cmd"',
    )
    await window.button('Apply changes').click()
    await expect(page.getByText('The old container is back, as it was')).toBeVisible({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Details' }).click()
    await expect(page.getByText('goodbye', { exact: true })).toBeVisible()
    expect(await dashboard.docker('inspect', '-f', '{{.Id}} {{.State.Status}}', 'web')).toBe(`${id} running`)
  })

  test('an edit recreates the container, and the page continues with the new one', async () => {
    await page.getByLabel('Command', { exact: true }).fill(sleep)
    await page.getByLabel('Name', { exact: true }).fill('site')
    await window.button('Apply changes').click()
    await expect(page.getByText('site has its new settings')).toBeVisible({ timeout: 60_000 })
    await expect(page.getByRole('heading', { level: 1, name: 'Edit site' })).toBeVisible()
    expect(await dashboard.docker('ps', '-a', '--format', '{{.Names}} {{.State}}')).toBe('site running')
  })

  test('an image that the tag now means is offered as an update', async () => {
    await dashboard.docker('commit', '-c', 'ENV SHIPPED=2', 'site', image)
    await page.getByRole('link', { name: 'Open container' }).click()
    await window.button('Update').click()
    const dialog = window.dialog('Update site')
    await expect(dialog).toContainText('already has a newer image')
    await dialog.getByRole('button', { name: 'Update with the machine’s image' }).click()
    await expect(dialog).toContainText('site runs on the new image', { timeout: 60_000 })
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await expect(page.getByRole('heading', { level: 1, name: 'site' })).toBeVisible()
    expect(await dashboard.docker('inspect', '-f', '{{.Config.Env}}', 'site')).toContain('SHIPPED=2')
  })

  test('the tasks list the run, the edits and the update with their steps and results, also after a reload', async () => {
    await page.reload()
    await window.machineIs('Running')
    await page.getByRole('button', { name: /^Tasks/ }).click()
    const failed = page.getByRole('listitem').filter({ hasText: 'failed' }).filter({ hasText: 'Edit web' })
    await expect(failed).toContainText('The old container is back, as it was')
    await failed.getByRole('button', { name: 'Details' }).last().click()
    await expect(failed.getByRole('list', { name: 'Steps' })).toContainText('Put the old container back')
    await expect(window.task('Update site')).toContainText('done')
    await expect(window.task('Run web')).toContainText('done')
    await window.task('Update site').getByRole('link', { name: 'Open container' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'site' })).toBeVisible()
    expect(await findings(page)).toEqual([])
    await window.button('Close tasks').click()
  })

  test('the form shows its command, is filled from a pasted command, and a container becomes a command again', async () => {
    const { shared } = dashboard
    await mkdir(join(shared, 'src'), { recursive: true })
    await window.show('Containers')
    await window.button('Run').click()
    await page.getByRole('combobox', { name: 'Image' }).fill(image)
    await page.getByRole('combobox', { name: 'Image' }).press('Tab')
    await page.getByRole('button', { name: 'Docker command' }).click()
    const line = page.getByRole('group', { name: 'Docker command' })
    await expect(line).toHaveText(`docker run -d ${image}`)
    await page.getByLabel('Name', { exact: true }).fill('typed')
    await page.getByLabel('Command', { exact: true }).fill('echo "it is"')
    await expect(line).toHaveText(`docker run -d --name typed ${image} echo 'it is'`)

    await window.button('Paste a command').click()
    const dialog = window.dialog('Paste a command')
    const field = dialog.getByLabel('Command or compose file')
    await field.fill(`docker run --gpu all ${image}`)
    await expect(dialog).toContainText('docker run has no flag --gpu.')
    await field.fill(
      `docker run -d --name pasted --gpus all -p 5000:8080 -v /usr/src/app/node_modules -v %cd%:/usr/src/app ${image} sleep 1000`,
    )
    await expect(dialog.getByRole('list', { name: 'Not taken over:' })).toHaveText('--gpus all')
    await expect(dialog.getByRole('button', { name: 'Fill the form' })).toBeDisabled()
    const folder = dialog.getByRole('combobox', { name: 'Folder' })
    await folder.fill(shared)
    await folder.press('Tab')
    for (const colorScheme of themes) {
      await showTheme(page, colorScheme)
      expect(await findings(page)).toEqual([])
    }
    await dialog.getByRole('button', { name: 'Fill the form' }).click()
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('pasted')
    await expect(line).toHaveText(
      `docker run -d --name pasted -p 5000:8080 -v /usr/src/app/node_modules -v ${shared}:/usr/src/app ${image} sleep 1000`,
    )
    await window.button('Run container').click()
    await expect(page.getByText('pasted has started')).toBeVisible({ timeout: 60_000 })
    expect(await dashboard.docker('exec', 'pasted', 'ls', '/usr/src/app')).toContain('src')

    await window.show('Containers')
    await window.rowMenu(window.row('Containers', 'pasted'), 'Show as docker run or compose')
    const shown = window.dialog('pasted as a command')
    await expect(shown).toContainText('docker run -d --name pasted -p 5000:8080 -v /usr/src/app/node_modules')
    await shown.getByRole('button', { name: 'Compose' }).click()
    await expect(shown).toContainText('container_name: pasted')
    expect(await findings(page)).toEqual([])
    await shown.getByRole('button', { name: 'Close' }).click()

    await page.getByRole('button', { name: /^Tasks/ }).click()
    await window.task('Run pasted').getByRole('button', { name: 'Details' }).click()
    await expect(window.task('Run pasted')).toContainText('docker run -d --name pasted')
    await window.button('Close tasks').click()
    await window.row('Containers', 'pasted').getByRole('button', { name: 'Remove' }).click()
    const question = window.question('Remove pasted?')
    await expect(question).toContainText('docker rm -f -v pasted')
    await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused()
    expect(await findings(page)).toEqual([])
    await window.answer(question, 'Remove')
    await expect(page.getByText('pasted removed', { exact: true })).toBeVisible({ timeout: 60_000 })
  })

  for (const colorScheme of themes)
    test(`a folder of this computer is chosen with the keyboard (${colorScheme})`, async () => {
      const { folder, shared } = dashboard
      await mkdir(join(shared, 'app', 'src'), { recursive: true })
      await mkdir(join(folder, 'private'), { recursive: true })
      await writeFile(join(shared, 'app', 'compose.yaml'), '')
      await showTheme(page, colorScheme)
      await window.show('Containers')
      await window.button('Run').click()
      await page.getByRole('button', { name: 'Add folder' }).click()
      const field = page.getByLabel('Folder or file on this computer', { exact: true }).last()
      await field.fill(`${folder}/sha`)
      await page.getByRole('option', { name: `${shared}/` }).click()
      await expect(field).toHaveValue(`${shared}/`)
      await page.getByRole('button', { name: 'Browse: Folder or file on this computer' }).last().click()
      const dialog = window.dialog('Choose a folder or file')
      const list = dialog.getByRole('listbox')
      await expect(list).toBeFocused()
      await expect(dialog.getByRole('status')).toContainText(/has \d+ entr/)
      await expect(dialog).toContainText('containers can read and write it')
      await page.keyboard.press('Backspace')
      await expect(dialog.getByRole('option', { name: 'shared', selected: true })).toBeVisible()
      await page.keyboard.type('priv')
      await expect(dialog.getByRole('option', { name: 'private', selected: true })).toBeVisible()
      await expect(dialog).toContainText('Not shared with the machine')
      expect(await findings(page)).toEqual([])
      await page.keyboard.type('/')
      await dialog.getByRole('combobox', { name: 'Path' }).fill(`${shared}/ap`)
      await page.keyboard.press('Enter')
      await expect(dialog.getByRole('option', { name: 'compose.yaml' })).toBeVisible()
      await dialog.getByRole('button', { name: 'New folder here' }).click()
      await dialog.getByLabel('Name of the new folder').fill(colorScheme)
      await page.keyboard.press('Enter')
      await expect(dialog.getByRole('status')).toContainText('has no entries')
      await dialog.getByRole('button', { name: 'Choose', exact: true }).click()
      await expect(field).toHaveValue(join(shared, 'app', colorScheme))
      expect((await stat(join(shared, 'app', colorScheme))).isDirectory()).toBe(true)
      await window.button('Start over').click()
      await window.answer(window.question('Empty the form?'), 'Start over')
      await page.getByRole('link', { name: 'Back' }).click()
    })

  for (const colorScheme of themes)
    test(`axe finds no problem on the forms (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      await window.show('Containers')
      await window.row('Containers', 'site').getByRole('link', { name: 'site' }).click()
      await page.getByRole('link', { name: 'Edit' }).click()
      await page.getByLabel('Name', { exact: true }).fill('other')
      for (const section of ['Program', 'Restart and health', 'Networks and names', 'Labels and logs'])
        await page.getByRole('button', { name: section }).click()
      await expect(page.getByRole('region', { name: 'Changes' })).toContainText('other')
      expect(await findings(page)).toEqual([])
      await window.button('Discard changes').click()
      await window.answer(window.question('Discard your changes?'), 'Discard changes')
      await page.getByRole('link', { name: 'Back' }).click()
    })
})
