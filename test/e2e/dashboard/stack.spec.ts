import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

const image = 'busybox:stack'

test.describe.configure({ mode: 'serial' })

test.describe('the Stack page', () => {
  let dashboard: Dashboard
  let page: Page
  let window: BerthWindow

  const layer = (name: string) => page.locator(`[data-layer="${name}"]`)
  const hop = (kind: string) => page.locator(`[data-hop="${kind}"]`)

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    window = new BerthWindow(page)
    await dashboard.importBusybox(image)
    await dashboard.docker('run', '-d', '--name', 'site', '-p', '5087:80', image, 'httpd', '-f')
  })
  test.afterAll(() => dashboard.leave(page))

  test('shows the layers with facts of the running machine', async () => {
    await window.show('Stack')
    const version = await dashboard.docker('version', '--format', '{{.Server.Version}}')
    const kernel = await dashboard.docker('info', '--format', '{{.KernelVersion}}')
    await expect(layer('engine')).toContainText(`dockerd ${version}`)
    await expect(layer('kernel')).toContainText(`Linux ${kernel}`)
    await expect(layer('qemu')).toContainText(/QEMU \d+\.\d+\S*, process \d+/)
    await expect(layer('qemu')).toContainText(/CPU\s*[\d.]+ %/)
    await layer('engine').getByRole('button', { name: 'Docker Engine' }).click()
    await expect(layer('engine')).toContainText('Storage driver')
    await expect(layer('engine')).toContainText(/process \d+ in the machine/)
    await expect(layer('engine').getByRole('link', { name: 'Settings: Docker Engine' })).toBeVisible()
  })

  test('a click on a port of a container lights the path of a request', async () => {
    await expect(layer('kernel')).not.toHaveAttribute('data-lit')
    await page.getByRole('button', { name: 'Show the path to site through port 5087' }).click()
    await expect(hop('client')).toContainText('http://localhost:5087')
    await expect(hop('listener')).toContainText('127.0.0.1:5087')
    await expect(hop('bridge')).toContainText('docker0')
    await expect(hop('process')).toContainText('httpd -f')
    for (const name of ['system', 'qemu', 'kernel', 'containers'])
      await expect(layer(name)).toHaveAttribute('data-lit')
    await expect(layer('engine')).not.toHaveAttribute('data-lit')
    await dashboard.docker('stop', '-t', '0', 'site')
    await expect(hop('process')).toContainText('The container is not running.')
    await dashboard.docker('start', 'site')
    await expect(hop('process')).toContainText('httpd -f')
  })

  test('measures a container against a VM', async () => {
    await window.button('Measure').click()
    const row = page.getByRole('row', { name: 'From the request to the first output' })
    await expect(row).toContainText(/\d m?s.*\d m?s/, { timeout: 220_000 })
    await expect(page.getByRole('button', { name: 'Measure again' })).toBeVisible()
    expect(await dashboard.docker('image', 'ls', '-q', 'berth/comparison')).toBe('')
  })

  for (const colorScheme of themes)
    test(`axe finds no problem on the Stack page (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      await window.show('Stack')
      await page.getByRole('button', { name: 'Show the path to site through port 5087' }).click()
      await expect(hop('process')).toContainText('httpd -f')
      await layer('kernel').getByRole('button', { name: 'Linux kernel' }).click()
      expect(await findings(page)).toEqual([])
    })
})
