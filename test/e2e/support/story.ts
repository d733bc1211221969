import { test as base, type BrowserContext, type Page } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BerthProcess } from './berth-process'

/** Records forbidden actions of Berth's pages, one line for each violation. The story's last test expects none. */
function watchForViolations(context: BrowserContext, origin: () => string): string[] {
  const violations: string[] = []
  context.on('request', (request) => {
    const url = new URL(request.url())
    const inside = url.origin === origin() || url.protocol === 'data:' || url.protocol === 'blob:'
    if (!inside && request.frame().url().startsWith(origin()))
      violations.push(`left the machine: ${url.href}`)
  })
  context.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) violations.push(message.text())
  })
  context.on('weberror', (webError) => {
    violations.push(`uncaught: ${String(webError.error().stack)}`)
  })
  return violations
}

/** All tests of the story share one home folder and one browser window. At most one Berth runs at a time. */
export class Story {
  readonly home: string
  readonly context: BrowserContext
  readonly page: Page
  readonly violations: string[]
  #berth: BerthProcess | undefined

  constructor(home: string, context: BrowserContext, page: Page) {
    this.home = home
    this.context = context
    this.page = page
    this.violations = watchForViolations(context, () => this.#berth?.origin ?? '')
  }

  get running(): BerthProcess {
    if (this.#berth === undefined) throw new Error('Berth has not been started')
    return this.#berth
  }

  /** Starts Berth and opens its window, as `npm start` does. */
  async open(): Promise<void> {
    this.#berth = await BerthProcess.start(this.home)
    await this.page.goto(this.#berth.loginUrl)
  }

  async end(): Promise<void> {
    await this.context.close()
    await this.#berth?.quit()
    await rm(this.home, { recursive: true, force: true })
  }
}

export const test = base.extend<object, { story: Story }>({
  story: [
    async ({ browser }, use) => {
      const home = await mkdtemp(join(tmpdir(), 'berth-e2e-'))
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US' })
      const story = new Story(home, context, await context.newPage())
      await use(story)
      await story.end()
    },
    { scope: 'worker', timeout: 300_000 },
  ],
})
export { expect } from '@playwright/test'
