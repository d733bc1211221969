import { expect, type Locator, type Page } from '@playwright/test'

/** The milliseconds that the machine may take to reach a phase under emulation. */
const machineTime = 200_000

/** Page object of Berth's window. It finds elements by role and name, as a user does. */
export class BerthWindow {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async show(
    name:
      | 'Home'
      | 'Machine'
      | 'Stack'
      | 'Containers'
      | 'Compose'
      | 'Logs'
      | 'Images'
      | 'Builds'
      | 'Volumes'
      | 'Networks'
      | 'Ports'
      | 'Events'
      | 'Disk'
      | 'Diagnostics'
      | 'Settings',
  ): Promise<void> {
    const navigation = this.page.getByRole('navigation', { name: 'Main navigation' })
    await navigation.getByRole('link', { name, exact: true }).click()
    await expect(this.page.getByRole('heading', { level: 1, name })).toBeVisible()
  }

  async machineIs(phase: string): Promise<void> {
    await expect(this.page.getByRole('link', { name: `Machine ${phase}` })).toBeVisible({
      timeout: machineTime,
    })
  }

  row(table: 'Containers' | 'Images' | 'Volumes' | 'Networks' | 'Published ports', name: string): Locator {
    return this.page.getByRole('grid', { name: table }).getByRole('row', { name })
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  dialog(name: string): Locator {
    return this.page.getByRole('dialog', { name })
  }

  /** The dialog in which the user confirms or cancels an action. */
  question(name: string): Locator {
    return this.dialog(name)
  }

  /**
   * Presses a button of a question, and waits until the question has closed. An open dialog hides the page behind it
   * from the accessibility tree, so a row of that page would seem removed. The page comes back shortly after the dialog
   * has closed, unless there is another dialog.
   */
  async answer(question: Locator, button: string): Promise<void> {
    await question.getByRole('button', { name: button, exact: true }).click()
    await expect(question).toHaveCount(0)
    await expect(this.page.getByRole('main').or(this.page.getByRole('dialog')).first()).toBeVisible()
  }

  /** Picks an entry of a row's “More actions” menu. */
  async rowMenu(row: Locator, entry: string): Promise<void> {
    await row.getByRole('button', { name: 'More actions' }).click()
    await this.page.getByRole('menuitem', { name: entry }).click()
  }

  async importImage(file: { name: string; buffer: Buffer }, reference: string): Promise<void> {
    await this.button('Import').click()
    const dialog = this.dialog('Import an image')
    await dialog.getByLabel('Archive').setInputFiles({ ...file, mimeType: 'application/x-tar' })
    await expect(dialog.getByRole('button', { name: 'Root file system', pressed: true })).toBeVisible()
    await dialog.getByLabel('Image name').fill(reference)
    await dialog.getByRole('button', { name: 'Import', exact: true }).click()
    await expect(dialog).toBeHidden()
    const whole = reference.includes(':') ? reference : `${reference}:latest`
    await expect(this.task(`Import ${whole}`)).toContainText('done', { timeout: 60_000 })
    await this.button('Close tasks').click()
  }

  /** A task in the task centre, which must be open. */
  task(title: string): Locator {
    const centre = this.page.getByRole('complementary', { name: 'Tasks' })
    return centre.getByRole('listitem').filter({ hasText: title }).first()
  }
}

/** The input for the run page. If a field is missing here, the page's field keeps its default. */
export interface RunForm {
  image: string
  name: string
  command?: string
  port?: { host: string; container: string }
  volume?: { name: string; path: string }
  /** A folder of this computer, and its mount point in the container. */
  folder?: { path: string; at: string }
  variable?: { name: string; value: string }
  autoRemove?: boolean
}

/** Opens the run page with an empty form, and fills it. Returns the part of the window that holds the page. */
export async function fillRunPage(window: BerthWindow, form: RunForm): Promise<Locator> {
  await window.show('Containers')
  await window.button('Run').click()
  const page = window.page.getByRole('main')
  await expect(page.getByRole('heading', { level: 1, name: 'Run a container' })).toBeVisible()
  const startOver = page.getByRole('button', { name: 'Start over' })
  if (await startOver.isEnabled()) {
    await startOver.click()
    const question = window.question('Empty the form?')
    await window.answer(question, 'Start over')
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('')
  }
  const field = (name: string) => page.getByLabel(name, { exact: true })
  /** Fills a field that has a list of suggestions. Closes the list, which would otherwise cover the next field. */
  const suggesting = async (name: string, text: string) => {
    const box = page.getByRole('combobox', { name })
    await box.fill(text)
    await box.press('Tab')
    await expect(window.page.getByRole('listbox')).toHaveCount(0)
  }
  await suggesting('Image', form.image)
  await field('Name').fill(form.name)
  if (form.command !== undefined) await field('Command').fill(form.command)
  if (form.port !== undefined) {
    await page.getByRole('button', { name: 'Add port' }).click()
    await field('Host port').fill(form.port.host)
    await field('Container port').fill(form.port.container)
  }
  if (form.volume !== undefined) {
    await page.getByRole('button', { name: 'Add volume' }).click()
    await suggesting('Volume', form.volume.name)
    await field('Path in the container').fill(form.volume.path)
  }
  if (form.folder !== undefined) {
    await page.getByRole('button', { name: 'Add folder' }).click()
    await field('Folder or file on this computer').fill(form.folder.path)
    await field('Path in the container').fill(form.folder.at)
  }
  if (form.variable !== undefined) {
    await page.getByRole('button', { name: 'Add variable' }).click()
    await field('Variable').fill(form.variable.name)
    await field('Value').fill(form.variable.value)
  }
  if (form.autoRemove === true) {
    await page.getByRole('button', { name: 'Restart and health' }).click()
    await field('Remove it when it exits').check()
  }
  return page
}

/** Fills the run page, runs the container, and shows the containers again. */
export async function runContainer(window: BerthWindow, form: RunForm): Promise<void> {
  const page = await fillRunPage(window, form)
  await page.getByRole('button', { name: 'Run container' }).click()
  await expect(page.getByText(`${form.name} has started`)).toBeVisible({ timeout: 60_000 })
  await window.show('Containers')
}
