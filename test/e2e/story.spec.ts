import { createServer } from 'node:net'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { networkAddresses } from '../../src/main/ports/port-probe'
import { busyboxTar } from '../support/busybox-image'
import { hostFromMachine, Registry } from '../support/registry'
import { BerthWindow, fillRunPage, runContainer } from './pages/berth-window'
import { ShellWindow } from './pages/shell-window'
import { accessibilitySteps } from './support/accessibility-steps'
import { dockerCli } from './support/docker-cli'
import { formSteps } from './support/form-steps'
import { registrySteps } from './support/registry-steps'
import { settingsSteps } from './support/settings-steps'
import { expect, test, type Story } from './support/story'

const image = 'busybox:story'
const webServer =
  'sh -c "echo $GREETING > /site/index.html; echo ready; echo trouble >&2; exec httpd -f -p 8080 -h /site"'

/** Returns the response to a GET request on this computer, or `refused` if the port is closed. */
async function get(url: string): Promise<string> {
  try {
    return (await (await fetch(url)).text()).trim()
  } catch {
    return 'refused'
  }
}

/**
 * Waits until the engine lists no container with this name. Polls, because a removed container stays in the list for a
 * moment after its removal event.
 */
async function noContainer(story: Story, name: string): Promise<void> {
  await expect.poll(() => dockerCli(story.home, 'ps', '-aq', '--filter', `name=${name}`)).toBe('')
}

test.describe.configure({ mode: 'serial' })

test.describe('from a double click to a running container', () => {
  let registry: Registry
  let window: BerthWindow

  test.beforeAll(async ({ story }) => {
    registry = await Registry.start()
    const registries = { mirrors: [], insecure: [`${hostFromMachine}/32`], certificates: [] }
    await writeFile(join(story.home, 'settings.json'), JSON.stringify({ version: 1, registries }))
    window = new BerthWindow(story.page)
  })
  test.afterAll(async () => {
    await registry.stop()
  })

  test('the window opens immediately and shows every step with its duration', async ({ story }) => {
    await story.open()
    await expect(story.page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible()
    const steps = story.page.getByRole('list', { name: 'Steps' })
    await expect(steps.getByRole('listitem').filter({ hasText: 'in progress' })).toHaveCount(1)
    await window.machineIs('Running')
    await window.show('Machine')
    for (const name of [
      'Preparing guest image',
      'Preparing disk',
      'Booting kernel',
      'Connecting',
      'Starting engine',
    ])
      await expect(
        steps.getByRole('listitem').filter({ hasText: name }).filter({ hasText: /\d/ }),
      ).toBeVisible()
    await expect(steps.getByRole('listitem').filter({ hasText: 'Ready' })).toBeVisible()
  })

  test('a tar archive becomes an image', async () => {
    await window.show('Images')
    await window.importImage({ name: 'busybox.tar', buffer: await busyboxTar() }, image)
    await expect(window.row('Images', image)).toContainText('MB')
  })

  test('a container runs with a name, a command, a variable, a port and a volume', async ({ story }) => {
    await window.show('Containers')
    await runContainer(window, {
      image,
      name: 'web',
      command: webServer,
      port: { host: '5000', container: '8080' },
      volume: { name: 'site', path: '/site' },
      variable: { name: 'GREETING', value: '안녕 Berth' },
    })
    const row = window.row('Containers', 'web')
    await expect(row).toContainText('Up ')
    await expect(row).toContainText(image)
    const id = await dockerCli(story.home, 'ps', '--filter', 'name=web', '--format', '{{.ID}}')
    // A wide window shows all columns of `docker ps` besides the use of processors and memory.
    await story.page.setViewportSize({ width: 1600, height: 900 })
    await expect(row).toContainText(id)
    await story.page.setViewportSize({ width: 1280, height: 800 })
    const link = row.getByRole('link', { name: '5000→8080/tcp' })
    await expect(link).toHaveAttribute('href', 'http://localhost:5000')
    await expect.poll(() => get('http://127.0.0.1:5000')).toBe('안녕 Berth')
    expect(await get('http://localhost:5000')).toBe('안녕 Berth')
  })

  test('Berth refuses a port that is in use, reports its number, and leaves no container behind', async ({
    story,
  }) => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(5055, '127.0.0.1', resolve))
    const page = await fillRunPage(window, {
      image,
      name: 'late',
      command: 'sleep 100',
      port: { host: '5055', container: '80' },
    })
    await page.getByRole('button', { name: 'Run container' }).click()
    await expect(page.getByRole('alert')).toContainText('5055')
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('late')
    await noContainer(story, 'late')
    await new Promise((resolve) => taken.close(resolve))
  })

  test('the run dialog reports every invalid field, and focuses the first one', async () => {
    const page = await fillRunPage(window, {
      image: 'Not An Image',
      name: '-x',
      port: { host: '70000', container: '80' },
    })
    await page.getByRole('button', { name: 'Run container' }).click()
    await expect(page.getByText('Use the form name, name:tag')).toBeVisible()
    await expect(page.getByText('Start with a letter or digit')).toBeVisible()
    await expect(page.getByText('Enter a number from 1 to 65535')).toBeVisible()
    await expect(page.getByRole('combobox', { name: 'Image' })).toBeFocused()
  })

  test('the container list shows changes by the Docker CLI, and the user can search the list', async ({
    story,
  }) => {
    await window.show('Containers')
    await dockerCli(story.home, 'run', '-d', '--name', 'from-cli', image, 'sleep', '1000')
    await expect(window.row('Containers', 'from-cli')).toContainText('Up ')
    await story.page.getByRole('searchbox', { name: 'Search containers' }).fill('from-c')
    await expect(window.row('Containers', 'web')).toBeHidden()
    await expect(window.row('Containers', 'from-cli')).toBeVisible()
    await story.page.getByRole('searchbox', { name: 'Search containers' }).fill('')
    await dockerCli(story.home, 'rm', '-f', 'from-cli')
    await expect(window.row('Containers', 'from-cli')).toHaveCount(0)
  })

  test('a shell window is a real terminal', async ({ story }) => {
    const shell = await ShellWindow.open(story, 'web')
    const before = await shell.size()
    await shell.page.setViewportSize({ width: 640, height: 300 })
    await expect.poll(async () => (await shell.size()).columns).toBeLessThan(before.columns)
    expect((await shell.size()).rows).toBeLessThan(before.rows)

    await shell.enter("clear; echo '한글 ✓ é'")
    await shell.shows('한글 ✓ é')
    await shell.enter("clear; printf '\\033[31mred\\033[0m\\n'")
    await expect(shell.page.locator('.xterm-fg-1', { hasText: 'red' })).toBeVisible()

    // The process prints `started` when it runs in the foreground. An earlier signal would not reach the process.
    await shell.enter("clear; sh -c 'echo started; exec sleep 1000'")
    await shell.shows(/^started$/m)
    await shell.press('Control+c')
    await shell.enter('echo interrupted-$?')
    await shell.shows('interrupted-130')

    await shell.enter('vi /tmp/note')
    await shell.shows('~')
    await shell.type('ihello from vi')
    await shell.shows(/^I \/tmp\/note/m)
    // If other keys follow Escape immediately, vi reads it as the start of a function key.
    await shell.press('Escape')
    await shell.shows(/^- \/tmp\/note/m)
    await shell.enter(':wq')
    await shell.prompt()
    await shell.enter('clear; wc -l /tmp/note')
    await shell.shows('1 /tmp/note')

    await shell.prompt()
    await shell.press('Control+d')
    await expect(shell.page.getByRole('status').filter({ hasText: 'The shell has ended' })).toBeVisible()
    await shell.page.close()
  })

  test('a container can have two open shells, and closing the window of a shell ends the shell’s process', async ({
    story,
  }) => {
    const processes = async () =>
      (await dockerCli(story.home, 'top', 'web', '-o', 'pid,args')).split('\n').length
    const alone = await processes()
    const first = await ShellWindow.open(story, 'web')
    const second = await ShellWindow.open(story, 'web')
    await first.enter('echo first')
    await second.enter('echo second')
    await first.shows('first')
    await second.shows('second')
    await second.enter('sleep 4321')
    await expect.poll(processes).toBeGreaterThan(alone + 1)
    await first.page.close()
    await second.page.close()
    await expect.poll(processes).toBe(alone)
  })

  test('the log follows the output live and marks stderr, and Inspect shows the JSON', async ({ story }) => {
    await dockerCli(
      story.home,
      'run',
      '-d',
      '--name',
      'ticker',
      image,
      'sh',
      '-c',
      'i=0; while sleep 1; do echo tick $i; echo oops $i >&2; i=$((i+1)); done',
    )
    await window.rowMenu(window.row('Containers', 'ticker'), 'Logs')
    const log = story.page.getByRole('log', { name: 'Log lines' })
    await expect(log).toContainText('tick 0')
    await expect(log).toContainText('tick 3')
    await expect(log.getByText('standard error').first()).toBeAttached()
    await story.page.getByRole('switch', { name: 'Timestamps' }).click()
    await story.page.getByRole('button', { name: 'Clear view' }).click()
    await expect(log).not.toContainText('tick 0')
    await dockerCli(story.home, 'restart', '-t', '0', 'ticker')
    await expect(log).toContainText('tick 0')
    await expect(log.getByText('tick 0', { exact: true })).toHaveCount(1)
    await expect(log.locator('time').first()).toBeVisible()
    await story.page.getByRole('switch', { name: 'Timestamps' }).click()

    const search = story.page.getByRole('searchbox', { name: 'Search the log' })
    await search.fill('tick 1')
    await expect(story.page.getByText(/\d+ match/)).toBeVisible()
    await story.page.getByRole('button', { name: 'Show only matches' }).click()
    await expect(log).not.toContainText('tick 0')
    await expect(log.locator('mark').first()).toHaveText('tick 1')
    await search.press('Escape')
    await story.page.getByRole('button', { name: 'Go to' }).click()
    await story.page.getByRole('button', { name: 'First line' }).click()
    await expect(log.getByText('tick 0', { exact: true }).first()).toBeVisible()
    await expect(story.page.getByRole('button', { name: /new line/ })).toBeVisible()
    await story.page.getByRole('button', { name: /new line/ }).click()
    await expect(story.page.getByRole('switch', { name: 'Follow' })).toBeChecked()

    await story.page.getByRole('link', { name: 'Inspect' }).click()
    await expect(story.page.getByRole('tree', { name: 'Inspect output' })).toContainText('"Name": "/ticker"')
    await window.show('Containers')
  })

  test('a container is killed, started, restarted, stopped and removed', async ({ story }) => {
    const row = window.row('Containers', 'ticker')
    await window.rowMenu(row, 'Kill')
    await expect(row).toContainText('Exited (137)')
    await row.getByRole('button', { name: 'Start' }).click()
    await expect(row).toContainText('Up ')
    const started = await dockerCli(story.home, 'inspect', '-f', '{{.State.StartedAt}}', 'ticker')
    await window.rowMenu(row, 'Restart')
    await expect
      .poll(() => dockerCli(story.home, 'inspect', '-f', '{{.State.StartedAt}}', 'ticker'), {
        timeout: 60_000,
      })
      .not.toBe(started)
    await row.getByRole('button', { name: 'Remove' }).click()
    const question = window.question('Remove ticker?')
    await expect(question).toContainText('It is running and will be killed.')
    await window.answer(question, 'Cancel')
    await expect(row).toBeVisible()
    await row.getByRole('button', { name: 'Stop' }).click()
    await expect(row).toContainText('Exited', { timeout: 60_000 })
    await row.getByRole('button', { name: 'Remove' }).click()
    await window.answer(question, 'Remove')
    await expect(row).toHaveCount(0)
    await noContainer(story, 'ticker')
  })

  formSteps(() => window, image)

  test('the port closes when its container stops, and opens again when its container starts', async () => {
    const row = window.row('Containers', 'web')
    await row.getByRole('button', { name: 'Stop' }).click()
    await expect(row).toContainText('Exited', { timeout: 60_000 })
    await expect.poll(() => get('http://127.0.0.1:5000')).toBe('refused')
    await row.getByRole('button', { name: 'Start' }).click()
    await expect.poll(() => get('http://127.0.0.1:5000'), { timeout: 60_000 }).toBe('안녕 Berth')
  })

  test('the Ports page lists the port, and a switch opens the port to the network and closes it again', async () => {
    const [lan = ''] = networkAddresses()
    await window.show('Ports')
    const row = window.row('Published ports', '127.0.0.1:5000')
    await expect(row).toContainText('Open')
    await expect(row.getByRole('link', { name: 'web' })).toBeVisible()
    expect(await get(`http://${lan}:5000`)).toBe('refused')
    await row.getByRole('switch').click()
    const question = window.question('Open port 5000 to your network?')
    await expect(question).toContainText(`${lan}:5000`)
    await window.answer(question, 'Open to my network')
    const wide = window.row('Published ports', '0.0.0.0:5000')
    await expect(wide).toContainText(`${lan}:5000`)
    await expect.poll(() => get(`http://${lan}:5000`)).toBe('안녕 Berth')
    await wide.getByRole('switch').click()
    await expect(row).toBeVisible()
    await expect.poll(() => get(`http://${lan}:5000`)).toBe('refused')
    await window.show('Containers')
  })

  test('a container can be removed automatically when it ends', async ({ story }) => {
    await runContainer(window, { image, name: 'brief', command: 'sleep 2', autoRemove: true })
    await expect(window.row('Containers', 'brief')).toHaveCount(0, { timeout: 60_000 })
    await noContainer(story, 'brief')
  })

  test('Berth refuses to remove an image in use, and pulls an image from a registry', async ({ story }) => {
    await window.show('Images')
    await window.row('Images', image).getByRole('button', { name: 'Remove' }).click()
    const question = window.question(`Remove image ${image}?`)
    await expect(question.getByRole('link', { name: 'web' })).toBeVisible()
    await expect(question.getByRole('button', { name: 'Remove' })).toBeDisabled()
    await window.answer(question, 'Cancel')

    const remote = `${registry.name}/story:latest`
    await dockerCli(story.home, 'tag', image, remote)
    await dockerCli(story.home, 'push', '-q', remote)
    await dockerCli(story.home, 'rmi', remote)
    await expect(window.row('Images', remote)).toHaveCount(0)
    await window.button('Pull').click()
    const dialog = window.dialog('Pull an image')
    await dialog.getByRole('combobox', { name: 'Image name' }).fill(remote)
    await dialog.getByRole('combobox', { name: 'Image name' }).press('Tab')
    await dialog.getByRole('button', { name: 'Pull', exact: true }).click()
    await expect(window.dialog(`Pulling ${remote}`)).toBeHidden({ timeout: 60_000 })
    await expect.poll(() => dockerCli(story.home, 'images', '-q', remote)).not.toBe('')
  })

  registrySteps(
    () => window,
    () => registry,
  )

  test('a later container reads the data of an earlier one from a volume, and Prune removes unused volumes', async ({
    story,
  }) => {
    await window.show('Volumes')
    await expect(window.row('Volumes', 'site')).toContainText('web')
    await window.button('Create volume').click()
    const dialog = window.dialog('Create a volume')
    await dialog.getByLabel('Volume name').fill('spare')
    await dialog.getByRole('button', { name: 'Create' }).click()
    await expect(window.row('Volumes', 'spare')).toContainText('unused')
    await window.button('Prune').click()
    const question = window.question('Remove unused volumes?')
    await expect(question).toContainText('spare')
    await expect(question).not.toContainText('site')
    await window.answer(question, 'Prune')
    await expect(window.row('Volumes', 'spare')).toHaveCount(0)
    expect(await dockerCli(story.home, 'run', '--rm', '-v', 'site:/s', image, 'cat', '/s/index.html')).toBe(
      '안녕 Berth',
    )
  })

  test('the Disk page shows what uses space, and frees the space of unused volumes', async ({ story }) => {
    await dockerCli(story.home, 'volume', 'create', 'heavy')
    const fill = ['dd', 'if=/dev/urandom', 'of=/heavy/data', 'bs=1M', 'count=8']
    await dockerCli(story.home, 'run', '--rm', '-v', 'heavy:/heavy', image, ...fill)
    await window.show('Disk')
    const kinds = story.page.getByRole('region', { name: 'Disk usage' })
    const volumes = kinds.getByRole('listitem').filter({ hasText: 'Volumes' })
    await expect(volumes).toContainText('2 objects')
    await expect(kinds.getByRole('listitem').filter({ hasText: 'Images' })).toContainText('MB')
    await volumes.getByRole('button', { name: /^Unused volumes: Reclaim 8\.\d+ MB$/ }).click()
    const question = window.question('Remove unused volumes?')
    await expect(question).toContainText('heavy')
    await expect(question).not.toContainText('site')
    await window.answer(question, 'Remove')
    await expect(story.page.getByText(/^1 object removed, 8\.\d+ MB freed/).first()).toBeVisible()
    await expect(volumes).toContainText('All in use')
    expect(await dockerCli(story.home, 'volume', 'ls', '-q')).toBe('site')
  })

  test('the diagnostics check the running machine, and the user can save the support bundle', async ({
    story,
  }) => {
    await window.show('Diagnostics')
    const checks = story.page.getByRole('list', { name: 'Checks' }).getByRole('listitem')
    await expect(checks.filter({ hasText: 'checking' })).toHaveCount(0)
    for (const name of ['QEMU', 'Guest image', 'Data disk', 'Clock', 'Published ports'])
      await expect(checks.filter({ hasText: new RegExp(`^\\s*${name}\\b`) })).toContainText('passed')
    const download = story.page.waitForEvent('download')
    await window.button('Save support bundle').click()
    const bundle = await download
    expect(bundle.suggestedFilename()).toMatch(/^berth-support-.*\.tar\.gz$/)
    const content = gunzipSync(await readFile(await bundle.path())).toString('latin1')
    expect(content).toContain('diagnostics.json')
    expect(content).not.toContain('안녕 Berth')
  })

  settingsSteps(() => window)

  accessibilitySteps(() => window)

  test('quitting suspends the machine, and the next start resumes its containers and keeps all data', async ({
    story,
  }) => {
    expect(await story.running.quit()).toBe(0)
    await story.open()
    await window.machineIs('Running')
    await window.show('Containers')
    const row = window.row('Containers', 'web')
    await expect(row).toContainText('Up ')
    await expect.poll(() => get('http://127.0.0.1:5000'), { timeout: 60_000 }).toBe('안녕 Berth')
    await window.show('Images')
    await expect(window.row('Images', image)).toBeVisible()
    await window.show('Volumes')
    await expect(window.row('Volumes', 'site')).toBeVisible()
  })

  test('no page violated the security policy, had an uncaught error or sent a request to another server', ({
    story,
  }) => {
    expect(story.violations).toEqual([])
  })
})
