import { expect, type Page } from '@playwright/test'
import type { Story } from '../support/story'
import { BerthWindow } from './berth-window'

/** Page object of a shell window. */
export class ShellWindow {
  readonly page: Page
  #questions = 0

  constructor(page: Page) {
    this.page = page
  }

  /** Opens a container's shell from the Containers page. */
  static async open(story: Story, container: string): Promise<ShellWindow> {
    const opened = story.context.waitForEvent('page')
    await new BerthWindow(story.page)
      .row('Containers', container)
      .getByRole('button', { name: 'Open shell' })
      .click()
    const shell = new ShellWindow(await opened)
    await shell.ready()
    return shell
  }

  /** Waits until the shell has drawn its prompt. */
  async ready(): Promise<void> {
    await expect(this.page.locator('[data-state="open"]')).toBeVisible({ timeout: 60_000 })
    await this.prompt()
  }

  /** Waits for a prompt in the last line. */
  async prompt(): Promise<void> {
    await this.shows(/[#$] ?$/)
  }

  async type(text: string): Promise<void> {
    await this.page.locator('.xterm-helper-textarea').focus()
    await this.page.keyboard.type(text)
  }

  async press(keys: string): Promise<void> {
    await this.page.locator('.xterm-helper-textarea').focus()
    await this.page.keyboard.press(keys)
  }

  async enter(command: string): Promise<void> {
    await this.type(command)
    await this.press('Enter')
  }

  /** Returns the screen as text, one line for each row. */
  async screen(): Promise<string> {
    const rows = await this.page.locator('.xterm-rows > div').allTextContents()
    return rows
      .map((row) => row.replaceAll('\u00a0', ' ').trimEnd())
      .join('\n')
      .trimEnd()
  }

  /** Returns the size that the pty reports. */
  async size(): Promise<{ rows: number; columns: number }> {
    const question = `size ${String(++this.#questions)}`
    await this.enter(`clear; echo ${question}: $(stty size)`)
    const pattern = new RegExp(`^${question}: (\\d+) (\\d+)$`, 'm')
    await this.shows(pattern)
    const [, rows, columns] = pattern.exec(await this.screen()) ?? []
    return { rows: Number(rows), columns: Number(columns) }
  }

  async shows(expected: string | RegExp): Promise<void> {
    const poll = expect.poll(() => this.screen(), { timeout: 30_000 })
    await (typeof expected === 'string' ? poll.toContain(expected) : poll.toMatch(expected))
  }
}
