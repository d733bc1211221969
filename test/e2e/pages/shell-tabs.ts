import { expect, type Locator, type Page } from '@playwright/test'

/** Page object of the shells in a container's page. */
export class ShellTabs {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** The tabs, in their order. */
  get tabs(): Locator {
    return this.page.getByRole('list', { name: 'Shells' }).getByRole('listitem')
  }

  get current(): Locator {
    return this.page.locator('.xterm:visible')
  }

  /** Waits for a prompt in the last line of the shown shell. */
  async prompt(): Promise<void> {
    await expect.poll(() => this.screen(), { timeout: 60_000 }).toMatch(/[#$] ?$/)
  }

  async enter(command: string): Promise<void> {
    await this.current.locator('.xterm-helper-textarea').focus()
    await this.page.keyboard.type(command)
    await this.page.keyboard.press('Enter')
  }

  async shows(expected: string | RegExp): Promise<void> {
    const poll = expect.poll(() => this.screen(), { timeout: 60_000 })
    await (typeof expected === 'string' ? poll.toContain(expected) : poll.toMatch(expected))
  }

  /** The screen of the shown shell, one line for each row. */
  async screen(): Promise<string> {
    const rows = await this.current.locator('.xterm-rows > div').allTextContents()
    return rows
      .map((row) => row.replaceAll('\u00a0', ' ').trimEnd())
      .join('\n')
      .trimEnd()
  }
}
