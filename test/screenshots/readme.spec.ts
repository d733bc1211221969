import type { Page } from '@playwright/test'
import { busyboxTar } from '../support/busybox-image'
import { BerthWindow, fillRunPage } from '../e2e/pages/berth-window'
import { ShellWindow } from '../e2e/pages/shell-window'
import { dockerCli } from '../e2e/support/docker-cli'
import { expect, test } from '../e2e/support/story'

const image = 'busybox:1.35'
const webServer = 'sh -c "echo hello > /site/index.html; exec httpd -f -vv -p 8080 -h /site"'
const ticker =
  'i=0; while sleep 1; do echo tick $i; [ $((i % 5)) -gt 0 ] || echo slow $i >&2; i=$((i+1)); done'

test.use({ viewport: { width: 1280, height: 760 } })

/** Takes a screenshot into docs/screenshots, without toasts and tooltips. */
async function take(page: Page, name: string): Promise<void> {
  await expect(page.getByText(/^(busybox:1\.35 imported|web is running|web started)$/)).toHaveCount(0)
  await page.mouse.move(640, 755)
  await page.screenshot({ path: `docs/screenshots/${name}.png`, animations: 'disabled' })
}

test('takes the pictures of the docs', async ({ story }) => {
  const { page } = story
  const window = new BerthWindow(page)
  const docker = (...args: string[]) => dockerCli(story.home, ...args)
  await page.setViewportSize({ width: 1280, height: 760 })
  await story.open()
  const connecting = page.getByRole('listitem').filter({ hasText: 'Connecting' })
  await expect(connecting).toContainText('in progress', { timeout: 120_000 })
  await take(page, 'starting')
  await window.machineIs('Running')

  await window.show('Images')
  await window.importImage({ name: 'busybox.tar', buffer: await busyboxTar() }, image)
  await window.show('Containers')
  const form = await fillRunPage(window, {
    image,
    name: 'web',
    command: webServer,
    port: { host: '8088', container: '8080' },
    volume: { name: 'site', path: '/site' },
  })
  await form.getByLabel('Name', { exact: true }).focus()
  await take(page, 'run')
  await form.getByRole('button', { name: 'Run container' }).click()
  await expect(form.getByText('web has started')).toBeVisible({ timeout: 60_000 })
  await window.show('Containers')

  await docker('run', '-d', '--name', 'ticker', '-p', '9443:443', image, 'sh', '-c', ticker)
  await docker('run', '-d', '--name', 'database', '-v', 'data:/data', image, 'sleep', '100000')
  await docker('run', '--name', 'migrate', image, 'echo', 'done')
  await docker('run', '--name', 'broken', image, 'sh', '-c', 'exit 3').catch(() => undefined)
  await docker('create', '--name', 'later', '-p', '8090:80', image, 'httpd', '-f')
  const project = (service: string) =>
    ['com.docker.compose.project=shop', `com.docker.compose.service=${service}`].flatMap((label) => [
      '--label',
      label,
    ])
  await docker('run', '-d', '--name', 'shop-api-1', ...project('api'), image, 'sh', '-c', ticker)
  await docker('run', '-d', '--name', 'shop-db-1', ...project('db'), image, 'sleep', '100000')
  await expect(window.row('Containers', 'later')).toContainText('Created')
  await expect(window.row('Containers', 'shop-db-1')).toContainText('Up')
  await take(page, 'containers')
  await window.show('Home')
  await expect(page.getByRole('region', { name: 'Uses the most' })).toContainText('shop-api-1')
  await take(page, 'home')
  await window.show('Containers')
  await window.row('Containers', 'ticker').getByRole('link', { name: 'ticker' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'ticker' })).toBeVisible()
  await take(page, 'container')
  await window.show('Containers')

  await window.rowMenu(window.row('Containers', 'ticker'), 'Logs')
  await expect(page.getByRole('log')).toContainText('tick 12', { timeout: 60_000 })
  await take(page, 'logs')
  await window.show('Ports')
  await expect(window.row('Published ports', '127.0.0.1:8088')).toContainText('Open')
  await take(page, 'ports')
  await docker(
    'run',
    '--rm',
    '-v',
    'data:/data',
    image,
    'dd',
    'if=/dev/urandom',
    'of=/data/rows',
    'bs=1M',
    'count=24',
  )
  await window.show('Disk')
  await expect(page.getByRole('region', { name: 'Disk usage' })).toContainText('25.2 MB')
  await take(page, 'disk')
  await window.show('Settings')
  await take(page, 'settings')

  await window.show('Containers')
  const shell = await ShellWindow.open(story, 'web')
  await shell.page.setViewportSize({ width: 860, height: 480 })
  await shell.enter('ls --color / ; cat /site/index.html; ps')
  await shell.shows('httpd -f')
  await shell.prompt()
  await take(shell.page, 'shell')
  await shell.page.close()

  await window.show('Settings')
  const appearance = page.getByRole('region', { name: 'Appearance' })
  await appearance.getByRole('button', { name: 'Dark' }).click()
  await appearance.getByRole('button', { name: '한국어' }).click()
  const navigation = page.getByRole('navigation', { name: '주 메뉴' })
  await navigation.getByRole('link', { name: '컨테이너', exact: true }).click()
  await expect(page.getByRole('row', { name: 'web' })).toContainText('실행 중')
  await take(page, 'containers-ko-dark')
  await navigation.getByRole('link', { name: '머신', exact: true }).click()
  await expect(page.getByText('Docker 엔진').first()).toBeVisible()
  await take(page, 'machine-ko-dark')
})
