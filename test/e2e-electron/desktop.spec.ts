import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, expect, test, type ElectronApplication, type Page } from '@playwright/test'
import type {} from '../../src/shared/electron-bridge'
import { electronBinary } from './electron-binary'

const repository = join(import.meta.dirname, '../..')
const binary = electronBinary(repository)
// Chromium refuses to run as root with its sandbox.
const args = [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), repository]

test.skip(binary === undefined, 'there is no Electron binary here')

let home: string
let electron: ElectronApplication
let page: Page

/** Names a guest image that does not exist, because these tests of the desktop app need no machine. */
function environment(): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return { ...Object.fromEntries(inherited), BERTH_HOME: home, BERTH_GUEST_IMAGE: join(home, 'no-guest') }
}

test.beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-electron-'))
  electron = await _electron.launch({
    ...(binary === undefined ? {} : { executablePath: binary }),
    args,
    env: environment(),
  })
  page = await electron.firstWindow()
})
test.afterEach(async () => {
  await electron.close()
  await rm(home, { recursive: true, force: true })
})

test('the page comes from app://berth, has no Node globals, and berthHost has only two properties', async () => {
  await expect.poll(() => new URL(page.url()).host).toBe('berth')
  expect(new URL(page.url()).protocol).toBe('app:')
  expect(
    await page.evaluate(() => ['require', 'process', 'module'].filter((name) => name in window)),
  ).toEqual([])
  expect(await page.evaluate(() => Object.keys(window.berthHost ?? {}).sort())).toEqual([
    'connect',
    'platform',
  ])
})

test('the page reaches the services over its MessagePort and shows why the machine did not start', async () => {
  await expect(page.getByText('no-guest').first()).toBeVisible()
})

test('the content security policy refuses no part of the page', async () => {
  const refused: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) refused.push(message.text())
  })
  await page.reload()
  await expect(page.getByText('no-guest').first()).toBeVisible()
  expect(refused).toEqual([])
})

test('only a shell opens in its own window, which also has no Node globals', async () => {
  const opened = electron.waitForEvent('window')
  await page.evaluate(() => window.open('/shell?target=host', '_blank', 'popup'))
  const shell = await opened
  expect(new URL(shell.url()).pathname).toBe('/shell')
  expect(await shell.evaluate(() => 'require' in window)).toBe(false)
  await page.evaluate(() => window.open('about:blank'))
  expect(electron.windows()).toHaveLength(2)
})

test('the page cannot navigate to another address', async () => {
  const refused = electron.evaluate(
    ({ BrowserWindow }) =>
      new Promise((resolve) => {
        // Electron calls this listener after the app's own one.
        BrowserWindow.getAllWindows()[0]?.webContents.once('will-navigate', (event) => {
          resolve(event.defaultPrevented)
        })
      }),
  )
  await page.evaluate(() => {
    window.location.href = 'https://example.invalid/'
  })
  expect(await refused).toBe(true)
  expect(new URL(page.url()).protocol).toBe('app:')
})

test('a second start shows the first window and ends', async () => {
  await electron.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.minimize()
  })
  const second = spawn(binary ?? '', args, { env: environment(), stdio: 'ignore' })
  const [code] = (await once(second, 'exit')) as [number | null]
  expect(code).toBe(0)
  await expect
    .poll(() => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMinimized()))
    .toBe(false)
})

test('quit ends the process', async () => {
  const child = electron.process()
  const ended = once(child, 'exit')
  await electron.evaluate(({ app }) => {
    app.quit()
  })
  await ended
  expect(child.exitCode).toBe(0)
})
