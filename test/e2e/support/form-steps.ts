import type { Locator } from '@playwright/test'
import { fillRunPage, type BerthWindow } from '../pages/berth-window'
import { dockerCli } from './docker-cli'
import { expect, test } from './story'

const pem = '-----BEGIN CERTIFICATE-----\nMIIB+w==\n-----END CERTIFICATE-----\n'

/** Sends a paste event to a field. Only Berth's handler reacts, because browsers ignore paste events of scripts. */
function paste(field: Locator, text: string): Promise<void> {
  return field.evaluate((element, pasted) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', pasted)
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text)
}

/** The steps of the story about typing and pasting into the run page, and about paused containers. */
export function formSteps(berthWindow: () => BerthWindow, image: string): void {
  test('the run page keeps its input, marks errors while the user types, and passes values on unchanged', async ({
    story,
  }) => {
    const window = berthWindow()
    const page = await fillRunPage(window, { image, name: 'foo bar', command: 'env' })
    const field = (name: string) => page.getByLabel(name, { exact: true })
    const nameProblem = page.getByText('Start with a letter or digit')
    await expect(nameProblem).toBeVisible()
    await page.getByRole('button', { name: 'Start over' }).click()
    await window.answer(window.question('Empty the form?'), 'Keep editing')
    await expect(field('Name')).toHaveValue('foo bar')
    await field('Name').fill('printer')
    await expect(nameProblem).toHaveCount(0)

    await page.getByRole('button', { name: 'Add variable' }).click()
    await paste(field('Variable'), '# settings\nexport FIRST="한글 1"\nSECOND=2\n')
    await expect(field('Variable')).toHaveCount(2)
    await page.getByRole('button', { name: 'Add variable' }).click()
    await field('Variable').nth(2).fill('CERTIFICATE')
    await field('Value').nth(2).fill(pem)
    await page.getByRole('button', { name: 'Add port' }).click()
    await paste(field('Host port'), '127.0.0.1:5099:80')
    await expect(field('Container port')).toHaveValue('80')
    await page.getByRole('button', { name: 'Run container' }).click()
    await expect(page.getByText('printer has started')).toBeVisible({ timeout: 60_000 })
    await window.show('Containers')
    await expect(window.row('Containers', 'printer')).toContainText('Exited (0)', { timeout: 60_000 })
    const output = await dockerCli(story.home, 'logs', 'printer')
    expect(output.split('\n')).toEqual(expect.arrayContaining(['FIRST=한글 1', 'SECOND=2']))
    expect(output).toContain(`CERTIFICATE=${pem.trim()}`)
    await dockerCli(story.home, 'rm', 'printer')
  })

  test('a container can be paused and unpaused, and a paused container can be removed', async ({ story }) => {
    const window = berthWindow()
    await dockerCli(story.home, 'run', '-d', '--name', 'frozen', image, 'sleep', '1000')
    const row = window.row('Containers', 'frozen')
    await window.rowMenu(row, 'Pause')
    await expect(row).toContainText('(paused)')
    await row.getByRole('link', { name: 'frozen' }).click()
    await story.page.getByRole('link', { name: 'Shell', exact: true }).click()
    await expect(story.page.getByText('The container is paused.')).toBeVisible()
    await story.page.getByRole('main').getByRole('button', { name: 'Unpause' }).last().click()
    await expect(story.page.locator('.xterm-rows')).toBeVisible({ timeout: 60_000 })
    await window.button('Pause').click()
    await expect(story.page.getByText('The container is paused.')).toBeVisible()
    await window.show('Containers')
    await row.getByRole('button', { name: 'Unpause' }).click()
    await expect(row).not.toContainText('(paused)')
    await window.rowMenu(row, 'Pause')
    await expect(row).toContainText('(paused)')
    await row.getByRole('button', { name: 'Remove' }).click()
    const question = window.question('Remove frozen?')
    await expect(question).toContainText('It is paused and will be killed.')
    await window.answer(question, 'Remove')
    await expect(row).toHaveCount(0, { timeout: 60_000 })
  })
}
