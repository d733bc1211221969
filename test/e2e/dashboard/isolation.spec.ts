import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:isolation'

test.describe.configure({ mode: 'serial' })

test.describe('the isolation of a container', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(image)
    const script = 'echo new > /etc/added; rm /etc/group; nc -ll -p 80 -e true & exec sleep 4321'
    const options = ['--memory=128m', '-v', 'inside:/data']
    await dashboard.docker('run', '-d', '--name', 'walled', ...options, image, 'sh', '-c', script)
    await dashboard.docker(
      ...['run', '-d', '--name', 'guest', '--network=container:walled', image, 'sleep', '1000'],
    )
  })
  test.afterAll(() => dashboard.leave(page))

  const view = (name: string) =>
    page.getByRole('navigation', { name: 'Parts of the isolation' }).getByRole('link', { name }).click()
  const card = (name: string) => page.getByRole('region', { name, exact: true })

  test('shows the namespaces, and links to the container that shares one', async () => {
    await window.show('Containers')
    await window.row('Containers', 'walled').getByRole('link', { name: 'walled' }).click()
    await page.getByRole('link', { name: 'Isolation', exact: true }).click()
    const list = page.getByRole('list', { name: 'Namespaces of the container' })
    const network = list.getByRole('listitem').filter({ hasText: /net:\[\d+\]/ })
    await expect(network.getByRole('link', { name: 'guest' })).toBeVisible()
    await expect(list.getByRole('listitem').filter({ hasText: /mnt:\[\d+\]/ })).toContainText('Its own')
    await expect(list.getByRole('listitem').filter({ hasText: /user:\[\d+\]/ })).toContainText(
      'Shared with the machine',
    )
  })

  test('shows a process with both numbers, its line in the machine and its port', async () => {
    await view('Processes')
    const table = page.getByRole('table', { name: 'Process tree of the container' })
    await table.getByRole('button', { name: /^nc -ll/ }).click()
    const details = card(
      `Process ${await table
        .getByRole('row', { name: /nc -ll/ })
        .getByRole('cell')
        .nth(1)
        .innerText()}`,
    )
    await expect(details).toContainText(/waits on\s+tcp \S+:80/)
    await expect(details).toContainText(/root +\d+ +\d+ \d\d:\d\d nc -ll -p 80/)
  })

  test('changes a limit while the container runs', async () => {
    await view('cgroup')
    const memory = card('Memory')
    await expect(memory).toContainText('128 MiB')
    const form = card('Change the limits')
    const field = form.getByLabel('Memory', { exact: true })
    await expect(field).toHaveValue('128m')
    await field.fill('1m')
    await expect(form).toContainText('at least 6m')
    await field.fill('96m')
    await form.getByRole('button', { name: 'Apply' }).click()
    await expect(memory).toContainText('96 MiB')
    await expect(form.getByRole('button', { name: 'Apply' })).toBeDisabled()
  })

  test('finds the layer of a path, and lists what the container has changed', async () => {
    await view('Layers')
    const path = page.getByLabel('Path in the container')
    await path.fill('/etc/group')
    await path.press('Enter')
    const layers = page.getByRole('list', { name: 'Layers, the top one first' })
    await expect(layers.getByRole('listitem').first()).toContainText('deleted here')
    await expect(layers.getByRole('listitem').last()).toContainText('hidden version')
    await expect(card('What the container has changed')).toContainText('/etc/added')
    await expect(card('Mounts')).toContainText('Volume inside')
  })

  test('explains the rights', async () => {
    await view('Rights')
    await expect(card('Capabilities')).toContainText('NET_BIND_SERVICE')
    await card('Capabilities')
      .getByRole('button', { name: /Does not have/ })
      .click()
    await expect(card('Capabilities')).toContainText('SYS_ADMIN')
    await expect(card('What its main process may do')).toContainText('It runs as root')
    const refusals = card('What the kernel refuses')
    await refusals.getByRole('button', { name: 'Watch' }).click()
    await expect(refusals).toContainText('Nothing has been refused.')
    await dashboard.docker('exec', 'walled', 'sh', '-c', 'mount -t tmpfs none /mnt; true')
    const refused = refusals.getByRole('list', { name: 'Refused system calls' }).getByRole('listitem')
    await expect(refused).toContainText(/mount.*The seccomp filter does not let this call through/)
    await refusals.getByRole('button', { name: 'Stop' }).click()
    await expect(refusals).toContainText('The watch has ended.')
  })

  for (const colorScheme of themes)
    test(`axe finds no problem in its parts (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      for (const name of ['Namespaces', 'Processes', 'cgroup', 'Layers', 'Rights']) {
        await view(name)
        if (name === 'Processes') await page.getByRole('button', { name: /^nc -ll/ }).click()
        if (name === 'Layers') await expect(card('What the container has changed')).toBeVisible()
        if (name === 'cgroup') await expect(page.getByRole('img', { name: /^CPU/ })).toBeVisible()
        expect.soft(await findings(page), name).toEqual([])
      }
    })

  test('a stopped container still shows its layers', async () => {
    await view('Rights')
    const refusals = card('What the kernel refuses')
    await refusals.getByRole('button', { name: 'Watch' }).click()
    await expect(refusals).toContainText('Nothing has been refused.')
    await dashboard.docker('exec', 'walled', 'sh', '-c', 'mount -t tmpfs none /mnt; true')
    await dashboard.docker('kill', 'walled')
    await expect(page.getByRole('heading', { name: 'The container is not running' })).toBeVisible()
    await expect(refusals).toContainText('The watch has ended.')
    await expect(refusals).toContainText('The seccomp filter does not let this call through')
    await view('Layers')
    await expect(card('What the container has changed')).toContainText('/etc/added')
  })
})
