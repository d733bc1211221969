import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { busyboxTar } from '../support/busybox-image'
import { BerthWindow, fillRunPage, runContainer } from './pages/berth-window'
import { BerthProcess } from './support/berth-process'
import { dockerCli } from './support/docker-cli'

const image = 'busybox:folders'
const address = 'http://localhost:5081'

async function page(): Promise<string> {
  try {
    return (await (await fetch(address)).text()).trim()
  } catch {
    return 'refused'
  }
}

test.describe.configure({ mode: 'serial' })

test.describe('folders of this computer', () => {
  let folder: string
  let home: string
  let shared: string
  let berth: BerthProcess
  let browser: Page
  let window: BerthWindow

  test.beforeAll(async ({ browser: chromium }) => {
    folder = await mkdtemp(join(tmpdir(), 'berth-e2e-folders-'))
    home = join(folder, 'berth')
    shared = join(folder, 'my project')
    await mkdir(home)
    await mkdir(join(shared, 'site'), { recursive: true })
    const sharedFolders = [
      { path: shared, writable: true },
      { path: join(folder, 'gone'), writable: false },
    ]
    await writeFile(join(home, 'settings.json'), JSON.stringify({ version: 1, sharedFolders }))
    berth = await BerthProcess.start(home)
    browser = await chromium.newPage()
    await browser.goto(berth.loginUrl)
    window = new BerthWindow(browser)
    await window.machineIs('Running')
  })
  test.afterAll(async () => {
    await browser.close()
    await berth.quit()
    await rm(folder, { recursive: true, force: true })
  })

  test('when a file in a shared folder changes, a container serves the new content', async () => {
    await window.show('Images')
    await window.importImage({ name: 'busybox.tar', buffer: await busyboxTar() }, image)
    await writeFile(join(shared, 'site/index.html'), 'before')
    await window.show('Containers')
    await runContainer(window, {
      image,
      name: 'preview',
      command: 'httpd -f -p 8080 -h /site',
      port: { host: '5081', container: '8080' },
      folder: { path: join(shared, 'site'), at: '/site' },
    })
    await expect.poll(page).toBe('before')
    await writeFile(join(shared, 'site/index.html'), 'after')
    // The change notification may reach the machine only after the first request. So the test polls.
    await expect.poll(page).toBe('after')
  })

  test('the Machine page lists the shared folders, and shows the problem of a missing one', async () => {
    await window.show('Machine')
    const folders = browser.getByRole('region', { name: 'Shared folders' })
    await expect(folders.getByRole('listitem').filter({ hasText: 'my project' })).toContainText(
      'Containers can read and write it.',
    )
    await expect(folders.getByRole('listitem').filter({ hasText: 'gone' })).toContainText('does not exist')
  })

  test('a missing folder is shared as soon as it exists', async () => {
    const gone = browser
      .getByRole('region', { name: 'Shared folders' })
      .getByRole('listitem')
      .filter({ hasText: 'gone' })
    await mkdir(join(folder, 'gone'))
    await expect(gone).not.toContainText('does not exist')
    await rm(join(folder, 'gone'), { recursive: true })
    await expect(gone).toContainText('does not exist')
  })

  test('the run page refuses a path that is not shared', async () => {
    const form = await fillRunPage(window, { image, name: 'refused', folder: { path: '/etc', at: '/host' } })
    await form.getByRole('button', { name: 'Run container' }).click()
    await expect(form.getByRole('alert')).toContainText('/etc is not in a folder that is shared')
  })

  test('one click on the Machine page shares a folder that a container could not mount', async () => {
    const outside = await mkdtemp(join(homedir(), 'berth-e2e-'))
    const mount = () =>
      dockerCli(home, 'run', '--rm', '-v', `${outside}:/outside`, image, 'touch', '/outside/made')
    try {
      await expect(mount()).rejects.toThrow('is not in a folder that is shared')
      await window.show('Machine')
      const folders = browser.getByRole('region', { name: 'Shared folders' })
      await expect(folders.getByRole('status')).toContainText(outside)
      await folders.getByRole('button', { name: 'Share this folder' }).click()
      await expect(folders.getByRole('listitem').filter({ hasText: outside })).toContainText(
        'Containers can read and write it.',
      )
      await expect(folders.getByRole('status')).toHaveCount(0)
      await mount()
      expect(await readdir(outside)).toEqual(['made'])
    } finally {
      await rm(outside, { recursive: true, force: true })
    }
  })

  test('a hint suggests a volume when a database changes the owner of its folder', async () => {
    await window.show('Containers')
    await runContainer(window, {
      image,
      name: 'database',
      command: 'sh -c "mkdir /var/lib/data/db; chown 999 /var/lib/data/db; sleep 1000"',
      folder: { path: shared, at: '/var/lib/data' },
    })
    await window.row('Containers', 'database').getByRole('link', { name: 'database' }).click()
    await expect(browser.getByText('Keep such data in a volume instead')).toBeVisible()
    await expect(browser.getByText(join(shared, 'db'), { exact: true })).toBeVisible()
  })

  test('a folder that a running container uses cannot be removed from the shared folders', async () => {
    await browser
      .getByRole('navigation', { name: 'Main navigation' })
      .getByRole('link', { name: 'Settings' })
      .click()
    const section = browser.getByRole('region', { name: 'Shared folders' })
    await section.getByRole('button', { name: 'Remove folder' }).first().click()
    await section.getByRole('button', { name: 'Save' }).click()
    await expect(section.getByRole('alert')).toContainText('is used by')
    await expect(section.getByRole('alert')).toContainText('preview')
    await section.getByRole('button', { name: 'Discard' }).click()
    await expect(section.getByLabel('Folder', { exact: true }).first()).toHaveValue(shared)
  })
})
