import { test as base, type Browser, type BrowserContextOptions, type Page } from '@playwright/test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { busyboxTar } from '../../support/busybox-image'
import { hostFromMachine } from '../../support/registry'
import { BerthWindow } from '../pages/berth-window'
import { BerthProcess } from './berth-process'
import { dockerCli } from './docker-cli'

/**
 * A running Berth that all specs in `test/e2e/dashboard` share, because a boot takes long. Each spec opens its own
 * window, and ends with `leave`, which removes its containers, volumes and networks.
 */
export class Dashboard {
  /** A folder for the files of the specs. */
  readonly folder: string
  /** The folder that Berth shares with the machine. */
  readonly shared: string
  readonly home: string
  readonly #berth: BerthProcess
  readonly #browser: Browser

  constructor(folder: string, home: string, berth: BerthProcess, browser: Browser) {
    this.folder = folder
    this.shared = join(folder, 'shared')
    this.home = home
    this.#berth = berth
    this.#browser = browser
  }

  static async start(browser: Browser): Promise<Dashboard> {
    const folder = await mkdtemp(join(tmpdir(), 'berth-e2e-'))
    const home = join(folder, 'berth')
    await mkdir(home)
    await mkdir(join(folder, 'shared'))
    const registries = { mirrors: [], insecure: [`${hostFromMachine}/32`], certificates: [] }
    const sharedFolders = [{ path: join(folder, 'shared'), writable: true }]
    await writeFile(join(home, 'settings.json'), JSON.stringify({ version: 1, registries, sharedFolders }))
    return new Dashboard(folder, home, await BerthProcess.start(home), browser)
  }

  get origin(): string {
    return this.#berth.origin
  }

  /** Opens a window with an empty storage. Resolves when the machine runs. The caller closes the page's context. */
  async open(options: BrowserContextOptions = {}): Promise<Page> {
    const viewport = { width: 1280, height: 800 }
    const context = await this.#browser.newContext({ viewport, locale: 'en-US', ...options })
    const page = await context.newPage()
    await page.goto(this.#berth.loginUrl)
    await new BerthWindow(page).machineIs('Running')
    return page
  }

  docker(...args: string[]): Promise<string> {
    return dockerCli(this.home, ...args)
  }

  /** Imports a tar archive as an image. */
  async import(tar: Buffer, image: string): Promise<void> {
    const file = join(this.folder, 'image.tar')
    await writeFile(file, tar)
    await this.docker('import', file, image)
  }

  /** Imports the image that most specs run. */
  async importBusybox(image: string): Promise<void> {
    await this.import(await busyboxTar(), image)
  }

  /** Closes the window of a spec, and removes what the spec has made. */
  async leave(page: Page): Promise<void> {
    await page.context().close()
    await this.clear()
  }

  /** Removes every object of the engine. */
  async clear(): Promise<void> {
    const ids = await this.docker('ps', '-aq')
    if (ids !== '') await this.docker('rm', '-fv', ...ids.split('\n'))
    await this.docker('system', 'prune', '--all', '--volumes', '--force')
    await this.docker('volume', 'prune', '--all', '--force')
  }

  async end(): Promise<void> {
    await this.#berth.quit()
    await rm(this.folder, { recursive: true, force: true })
  }
}

export const test = base.extend<object, { dashboard: Dashboard }>({
  dashboard: [
    async ({ browser }, use) => {
      const dashboard = await Dashboard.start(browser)
      await use(dashboard)
      await dashboard.end()
    },
    { scope: 'worker', timeout: 300_000 },
  ],
})
export { expect } from '@playwright/test'
