import type { Registry } from '../../support/registry'
import { fillRunPage, type BerthWindow } from '../pages/berth-window'
import { dockerCli } from './docker-cli'
import { expect, test } from './story'

/** The steps of the story with a registry. `story:latest` is in the registry and in the machine. */
export function registrySteps(window: () => BerthWindow, registry: () => Registry): void {
  test('a pull of an image that the registry does not have shows an error', async () => {
    await window().button('Pull').click()
    const name = `${registry().name}/nothing-here:1`
    const field = window().dialog('Pull an image').getByRole('combobox', { name: 'Image name' })
    await field.fill(name)
    await field.press('Tab')
    await window().dialog('Pull an image').getByRole('button', { name: 'Pull', exact: true }).click()
    const pulling = window().dialog(`Pulling ${name}`)
    await expect(pulling.getByRole('alert')).toContainText('nothing-here', { timeout: 60_000 })
    await pulling.getByRole('button', { name: 'Try again' }).click()
    const again = window().dialog('Pull an image')
    await expect(again.getByRole('combobox', { name: 'Image name' })).toHaveValue(name)
    await again.getByRole('button', { name: 'Cancel' }).click()
  })

  test('the run page pulls an image that is missing', async ({ story }) => {
    const remote = `${registry().name}/story:latest`
    await dockerCli(story.home, 'rmi', remote)
    await window().show('Containers')
    const page = await fillRunPage(window(), { image: remote, name: 'pulled', command: 'sleep 1000' })
    await page.getByRole('button', { name: 'Pull and run' }).click()
    await expect(page.getByText('pulled has started')).toBeVisible({ timeout: 60_000 })
    await window().show('Containers')
    await expect(window().row('Containers', 'pulled')).toContainText('Up ')
    await dockerCli(story.home, 'rm', '-f', 'pulled')
    await expect(window().row('Containers', 'pulled')).toHaveCount(0)
  })
}
