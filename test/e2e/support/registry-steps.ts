import type { Registry } from '../../support/registry'
import { fillRunDialog, type BerthWindow } from '../pages/berth-window'
import { dockerCli } from './docker-cli'
import { expect, test } from './story'

/** The steps of the story with a registry. `story:latest` is in the registry and in the machine. */
export function registrySteps(window: () => BerthWindow, registry: () => Registry): void {
  test('a pull of an image that the registry does not have shows an error', async () => {
    await window().button('Pull').click()
    const name = `${registry().name}/nothing-here:1`
    await window().dialog('Pull an image').getByLabel('Image name').fill(name)
    await window().dialog('Pull an image').getByRole('button', { name: 'Pull', exact: true }).click()
    const pulling = window().dialog(`Pulling ${name}`)
    await expect(pulling.getByRole('alert')).toContainText('nothing-here', { timeout: 60_000 })
    await pulling.getByRole('button', { name: 'Try again' }).click()
    const again = window().dialog('Pull an image')
    await expect(again.getByLabel('Image name')).toHaveValue(name)
    await again.getByRole('button', { name: 'Cancel' }).click()
  })

  test('the run dialog pulls an image that is missing', async ({ story }) => {
    const remote = `${registry().name}/story:latest`
    await dockerCli(story.home, 'rmi', remote)
    await window().show('Containers')
    const dialog = await fillRunDialog(window(), { image: remote, name: 'pulled', command: 'sleep 1000' })
    await dialog.getByRole('button', { name: 'Pull and run' }).click()
    await expect(dialog).toBeHidden({ timeout: 60_000 })
    await expect(window().row('Containers', 'pulled')).toContainText('Up ')
    await dockerCli(story.home, 'rm', '-f', 'pulled')
    await expect(window().row('Containers', 'pulled')).toHaveCount(0)
  })
}
