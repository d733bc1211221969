import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { FakeCredentialHelper } from '../support/credential-helper'
import { BerthProcess } from './support/berth-process'

test.describe.configure({ mode: 'serial' })

/** Tests the settings that do not need a machine. The story tests the other settings. */
test.describe('the Settings page', () => {
  let home: string
  let berth: BerthProcess
  let page: Page

  test.beforeAll(async ({ browser }) => {
    home = await mkdtemp(join(tmpdir(), 'berth-e2e-settings-'))
    const helper = await FakeCredentialHelper.install(join(home, 'helper'), 'mine')
    const dockerConfig = join(home, 'docker-config')
    await mkdir(dockerConfig)
    const auth = Buffer.from('cli-user:secret').toString('base64')
    await writeFile(
      join(dockerConfig, 'config.json'),
      JSON.stringify({ auths: { 'quay.io': { auth } }, credHelpers: { 'ghcr.io': 'mine' } }),
    )
    await helper.keep({ ServerURL: 'ghcr.io', Username: 'helper-user', Secret: 'secret' })
    berth = await BerthProcess.start(home, {
      BERTH_GUEST_IMAGE: join(home, 'no-image'),
      PATH: `${helper.path}:${process.env.PATH ?? ''}`,
    })
    page = await browser.newPage({ locale: 'en-US' })
    await page.goto(berth.loginUrl)
    const navigation = page.getByRole('navigation', { name: 'Main navigation' })
    await navigation.getByRole('link', { name: 'Settings' }).click()
  })
  test.afterAll(async () => {
    await page.close()
    await berth.quit()
    await rm(home, { recursive: true, force: true })
  })

  const section = (name: string) => page.getByRole('region', { name, exact: true })
  const stored = async () =>
    JSON.parse(await readFile(join(home, 'settings.json'), 'utf8')) as Record<string, unknown>

  test('keeps its heading visible while its content scrolls in a small window', async () => {
    const before = page.viewportSize()
    await page.setViewportSize({ width: 640, height: 480 })
    await section('Appearance').scrollIntoViewIfNeeded()
    await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeInViewport({ ratio: 1 })
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(480)
    if (before !== null) await page.setViewportSize(before)
  })

  test('accepts a mirror, and reports an invalid one beside the field', async () => {
    const registries = section('Registries')
    const mirrors = registries.getByLabel('Mirrors of Docker Hub')
    await mirrors.fill('https://mirror.example.com\nmirror two')
    await expect(registries).toContainText('“mirror two”: enter an address')
    await expect(registries.getByRole('button', { name: 'Save' })).toBeDisabled()
    await mirrors.fill('https://mirror.example.com')
    await registries.getByRole('button', { name: 'Save' }).click()
    await expect(registries.getByRole('button', { name: 'Save' })).toBeHidden()
    expect(await stored()).toMatchObject({ registries: { mirrors: ['https://mirror.example.com'] } })
  })

  test('reports line and column of an error in daemon.json, and saves the text when it is valid', async () => {
    const engine = section('Docker Engine')
    const editor = engine.getByLabel('daemon.json', { exact: true })
    await editor.fill('{\n  "debug": true,\n  "log-opts": {')
    await expect(engine).toContainText(/Line 3, column \d+: this is not JSON/)
    await editor.fill('{\n  "debug": true,\n  "hosts": ["tcp://0.0.0.0"]\n}')
    await expect(engine).toContainText('Line 3, column 3: “hosts” cannot be set')
    await editor.fill('{\n  "debug": "yes"\n}')
    await expect(engine).toContainText('Line 2, column 12: the value of “debug” has the wrong type')
    await expect(engine.getByRole('button', { name: 'Save' })).toBeDisabled()
    await editor.fill('{ "debug": true }')
    await engine.getByRole('button', { name: 'Save' }).click()
    await expect(engine.getByRole('button', { name: 'Save' })).toBeHidden()
    expect(await stored()).toMatchObject({ daemon: { debug: true } })
    await engine.getByRole('button', { name: 'Configuration that the engine gets' }).click()
    await expect(engine).toContainText('"https://mirror.example.com"')
  })

  test('reports an invalid proxy address and an invalid address in “Bypass for” separately', async () => {
    const proxy = section('Proxy')
    await proxy.getByRole('button', { name: 'Manual' }).click()
    await proxy.getByLabel('For HTTP', { exact: true }).fill('proxy')
    await expect(proxy).toContainText('Enter an address such as http://proxy.example.com:3128')
    await proxy.getByLabel('For HTTP', { exact: true }).fill('http://localhost:3128')
    await proxy.getByLabel('Bypass for').fill('.corp\nhttp://intranet')
    await expect(proxy).toContainText('“http://intranet”: enter a host, .domain or an address range')
    await proxy.getByRole('button', { name: 'Discard' }).click()
  })

  test('lists all logins, and offers no logout for logins in the Docker CLI’s own file', async () => {
    const logins = section('Registry logins')
    const row = (registry: string) => logins.getByRole('listitem').filter({ hasText: registry })
    await expect(row('ghcr.io')).toContainText('helper-user · in this computer’s credential store (mine)')
    await expect(row('quay.io')).toContainText('cli-user · from the Docker CLI')
    await expect(row('quay.io').getByRole('button')).toHaveCount(0)
    await row('ghcr.io').getByRole('button', { name: 'Log out of ghcr.io' }).click()
    const question = page.getByRole('dialog', { name: 'Log out of ghcr.io?' })
    await expect(question).toContainText('it is logged out as well')
    await question.getByRole('button', { name: 'Log out' }).click()
    await expect(question).toHaveCount(0)
    await expect(row('ghcr.io')).toHaveCount(0)
  })

  test('immediately shows changes by `docker login` and `docker logout`', async () => {
    const row = section('Registry logins').getByRole('listitem').filter({ hasText: 'live.example.com' })
    await expect(row).toBeHidden()
    const file = join(home, 'docker-config', 'config.json')
    const before = await readFile(file, 'utf8')
    const config = JSON.parse(before) as { auths: Record<string, unknown> }
    config.auths['live.example.com'] = { auth: Buffer.from('live-user:secret').toString('base64') }
    // The Docker CLI replaces its file instead of writing to it.
    await writeFile(`${file}.new`, JSON.stringify(config))
    await rename(`${file}.new`, file)
    await expect(row).toContainText('live-user')
    await writeFile(`${file}.new`, before)
    await rename(`${file}.new`, file)
    await expect(row).toBeHidden()
  })

  test('validates the fields of a login before it tries the login, and reports that the machine is off', async () => {
    await section('Registry logins').getByRole('button', { name: 'Log in' }).click()
    const dialog = page.getByRole('dialog', { name: 'Log in to a registry' })
    await dialog.getByLabel('Registry').fill('my registry')
    await dialog.getByRole('button', { name: 'Log in' }).click()
    await expect(dialog).toContainText('Enter a host or host:port')
    await expect(dialog).toContainText('Enter your user name at this registry')
    await expect(dialog).toContainText('Enter the password')
    await dialog.getByLabel('Registry').fill('https://registry.example.com/')
    await dialog.getByLabel('User name').fill('me')
    await dialog.getByLabel('Password').fill('secret')
    await dialog.getByRole('button', { name: 'Log in' }).click()
    await expect(dialog.getByRole('alert')).toContainText('The machine is not running')
    await expect(dialog.getByLabel('Password')).toHaveValue('secret')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  })
})
