import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:networks'

test.describe.configure({ mode: 'serial' })

test.describe('networks', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  const docker = (...args: string[]) => dashboard.docker(...args)
  const run = (name: string, network: string, ...command: string[]) =>
    docker('run', '-d', '--name', name, '--network', network, image, ...command)
  const row = (name: string) => window.row('Networks', name)

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(image)
  })
  test.afterAll(() => dashboard.leave(page))

  test('a network is created, and a subnet that another network has is refused while typing', async () => {
    await docker('network', 'create', '--subnet', '172.30.5.0/24', 'back')
    await window.show('Networks')
    await expect(row('back')).toContainText('172.30.5.0/24')
    await window.button('Create network').click()
    const dialog = window.dialog('Create a network')
    await dialog.getByLabel('Network name').fill('front')
    await dialog.getByRole('button', { name: 'Add subnet' }).click()
    await dialog.getByLabel('Subnet', { exact: true }).fill('172.30.5.128/25')
    await expect(dialog).toContainText('It overlaps with 172.30.5.0/24 of the network back.')
    await dialog.getByLabel('Subnet', { exact: true }).fill('172.30.6.0/24')
    await dialog.getByRole('button', { name: 'Create', exact: true }).click()
    await expect(dialog).toBeHidden()
    await expect(row('front')).toContainText('172.30.6.0/24')
    expect(await docker('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', 'front')).toBe(
      '172.30.6.0/24',
    )
  })

  test('a container is connected with an alias and a fixed address, and the map shows what it reaches', async () => {
    await run('web', 'front', 'sleep', '10000')
    await run('database', 'back', 'httpd', '-f', '-p', '127.0.0.1:80')
    await docker('run', '-d', '--name', 'site', '--network', 'front', '-p', '5085:80', image, 'httpd', '-f')
    await row('front').getByRole('link', { name: 'front' }).click()
    await window.button('Connect container').click()
    const dialog = window.dialog('Connect a container to front')
    await dialog.getByRole('combobox', { name: 'Container' }).click()
    await page.getByRole('option', { name: 'database' }).click()
    await dialog.getByLabel('Aliases').fill('db store')
    await dialog.getByLabel('Fixed IPv4 address').fill('172.30.6.77')
    await dialog.getByRole('button', { name: 'Connect container' }).click()
    await expect(dialog).toBeHidden()
    const member = page
      .getByRole('grid', { name: 'Containers in this network' })
      .getByRole('row', { name: 'database' })
    await expect(member).toContainText('172.30.6.77')
    await expect(member).toContainText('db, store')

    await window.show('Networks')
    await page.getByRole('link', { name: 'Map' }).click()
    const map = page.getByRole('group', { name: 'Map of the networks' })
    await map.getByRole('link', { name: 'site' }).focus()
    await expect(
      page.getByText('site shares a network with database, web. From outside it is'),
    ).toContainText('127.0.0.1:5085')
    await page.keyboard.press('ArrowRight')
    await expect(map.getByRole('link', { name: 'front' })).toBeFocused()
    await expect(page.getByRole('table').getByRole('row', { name: /^web / })).toContainText('database, site')
  })

  test('“Can A reach B?” says why a server on 127.0.0.1 cannot be reached', async () => {
    await page.getByRole('link', { name: 'Can A reach B?' }).click()
    await page.getByRole('combobox', { name: 'From container' }).click()
    await page.getByRole('option', { name: 'web' }).click()
    await page.getByRole('combobox', { name: 'To', exact: true }).click()
    await page.getByRole('option', { name: 'database' }).click()
    await page.getByLabel('Port', { exact: true }).fill('80')
    await window.button('Try').click()
    const result = page.getByRole('region', { name: 'Result' })
    await expect(result).toContainText('database listens on port 80, but only for itself.', {
      timeout: 60_000,
    })
    await expect(result).toContainText('database resolves to 172.30.6.77 (asked 127.0.0.11).')
  })

  for (const colorScheme of themes)
    test(`axe finds no problem on the pages of networks (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      const check = async (name: string) => {
        expect.soft(await findings(page), name).toEqual([])
      }
      await check('reach')
      await page.getByRole('link', { name: 'Map' }).click()
      await check('map')
      await window.show('Networks')
      await check('list')
      await row('front').getByRole('link', { name: 'front' }).click()
      await check('network')
      await window.button('Connect container').click()
      await check('connect')
      await window.dialog('Connect a container to front').getByRole('button', { name: 'Cancel' }).click()
      await window.show('Networks')
      await window.button('Create network').click()
      for (const kind of ['subnet', 'option', 'label'])
        await window
          .dialog('Create a network')
          .getByRole('button', { name: `Add ${kind}` })
          .click()
      await check('create')
      await window.dialog('Create a network').getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('link', { name: 'Can A reach B?' }).click()
    })

  test('a used network is not removed, and a prune removes only networks that no container uses', async () => {
    await window.show('Networks')
    await row('front').getByRole('button', { name: 'Remove' }).click()
    await expect(page.getByRole('alert')).toContainText('The network front is used by database, site, web.')
    await docker('network', 'create', 'spare')
    await docker('network', 'create', 'resting')
    await docker('create', '--name', 'later', '--network', 'resting', image, 'true')
    await expect(row('spare')).toBeVisible()
    await expect(row('resting')).toContainText('later')
    await window.button('Prune').click()
    const question = window.question('Remove unused networks?')
    await expect(question).toContainText('spare')
    await expect(question).not.toContainText('resting')
    await window.answer(question, 'Prune')
    await expect(row('spare')).toHaveCount(0)
    expect(await docker('network', 'ls', '-q', '--filter', 'name=resting')).not.toBe('')
  })
})
