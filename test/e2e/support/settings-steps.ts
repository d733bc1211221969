import { Registry, registryUser } from '../../support/registry'
import type { BerthWindow } from '../pages/berth-window'
import { expect, test } from './story'

/** The steps of the story on the Settings page that need a machine. */
export function settingsSteps(berthWindow: () => BerthWindow): void {
  test('a login needs the right password, and the Settings page lists the login until the user logs out', async ({
    story,
  }) => {
    const window = berthWindow()
    const guarded = await Registry.start({ users: registryUser.htpasswd })
    const image = `${guarded.name}/private:1`
    await window.show('Images')
    await window.button('Pull').click()
    const field = window.dialog('Pull an image').getByRole('combobox', { name: 'Image name' })
    await field.fill(image)
    await field.press('Tab')
    await window.dialog('Pull an image').getByRole('button', { name: 'Pull', exact: true }).click()
    const pulling = window.dialog(`Pulling ${image}`)
    await expect(pulling.getByRole('alert')).toContainText(`refused access to ${image}`)
    await pulling.getByRole('button', { name: 'Log in' }).click()
    const dialog = window.dialog('Log in to a registry')
    await expect(dialog.getByLabel('Registry')).toHaveValue(guarded.name)
    await dialog.getByLabel('User name').fill(registryUser.username)
    await dialog.getByLabel('Password').fill('wrong')
    await dialog.getByRole('button', { name: 'Log in' }).click()
    await expect(dialog).toContainText(`${guarded.name} refused the user name or the password.`)
    await expect(dialog.getByLabel('Password')).toHaveAttribute('aria-invalid', 'true')
    await dialog.getByLabel('Password').fill(registryUser.password)
    await dialog.getByRole('button', { name: 'Log in' }).click()
    await expect(dialog).toBeHidden()
    await window.show('Settings')
    const row = story.page.getByRole('list', { name: 'Registry logins' }).getByRole('listitem')
    await expect(row).toContainText([guarded.name])
    await window.button(`Log out of ${guarded.name}`).click()
    await window.answer(window.question(`Log out of ${guarded.name}?`), 'Log out')
    await expect(row).toHaveCount(0)
    await guarded.stop()
  })

  test('a new machine size needs a restart, and Berth lists the containers that the restart stops', async ({
    story,
  }) => {
    const window = berthWindow()
    const size = story.page.getByRole('region', { name: 'Machine size' })
    const memory = size.getByLabel('Memory (GiB)')
    const before = await memory.inputValue()
    const change = async (value: string) => {
      await memory.fill(value)
      await memory.press('Tab')
      await size.getByRole('button', { name: 'Save' }).click()
    }
    await change('2.5')
    const notice = story.page.getByRole('status').filter({ hasText: 'The machine must restart' })
    await expect(notice).toContainText('It stops the running container web.')
    await notice.getByRole('button', { name: 'Later' }).click()
    await expect(notice).toBeHidden()
    await window.button('Changes need a restart').click()
    await expect(notice).toBeVisible()
    await change(before)
    await expect(notice).toBeHidden()
  })
}
