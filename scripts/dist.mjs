/**
 * `npm run dist [-- --linux|--mac|--win [target …] [--x64] [--arm64]]`: runs electron-builder, which makes installers
 * in release/. electron-builder.yml configures electron-builder. Besides the sources, the installers need:
 * - the guest image of each architecture. It is in the cache of `npm run vm:build`, or in the folder that
 *   BERTH_GUEST_IMAGE names (one folder for all architectures);
 * - Electron. electron-builder downloads it, unless BERTH_ELECTRON_DIST names a folder with Electron, unpacked or zip.
 *
 * BERTH_DIST_OUTPUT changes the folder of the installers.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { guestArch, imageFolder, isGuestImage } from './lib/guest-image.mjs'
import { fail, must, repository, step } from './lib/step.mjs'

/** Errors of a download that fails because there is no network, or because the file does not exist. */
const networkError = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|HTTPError|cannot resolve https/i

/** Whether the end of electron-builder's output reports a failed download. */
function downloadFailed(output) {
  return output.includes('failedTask') && networkError.test(output)
}

const args = process.argv.slice(2)

/** The architectures that the arguments name. If they name none, the architectures of electron-builder.yml. */
function wantedArchitectures() {
  const named = Object.keys(guestArch).filter((arch) => args.includes(`--${arch}`))
  if (named.length > 0) return named
  const linux = args.includes('--linux') || (process.platform === 'linux' && !hasPlatform())
  return linux || args.includes('dir') ? [process.arch] : Object.keys(guestArch)
}

function hasPlatform() {
  return ['--linux', '--mac', '--win'].some((platform) => args.includes(platform))
}

/** Returns the folder of a guest image. Builds the image if it is missing and this computer can build it. */
async function guestImage(arch) {
  const given = process.env.BERTH_GUEST_IMAGE
  const folder = given ?? imageFolder(guestArch[arch])
  if (isGuestImage(folder)) return resolve(folder)
  if (given !== undefined) fail(`BERTH_GUEST_IMAGE: there is no guest image in ${given}.`)
  if (process.platform !== 'linux')
    fail(
      `The guest image ${folder} is missing. Only Linux can build it. On Linux, run ` +
        `\`npm run vm:build -- --arch ${guestArch[arch]}\`. Then copy the image's folder to this computer.`,
    )
  await must(process.execPath, ['scripts/vm-build.mjs', '--arch', guestArch[arch]])
  return folder
}

/**
 * Makes a folder with a subfolder for the guest image of each architecture. Each subfolder has electron-builder's name
 * of its architecture. The folder is in the repository, because electron-builder expects resource paths relative to the
 * repository.
 */
async function stageGuestImages() {
  const release = join(repository, 'release')
  mkdirSync(release, { recursive: true })
  const stage = mkdtempSync(join(release, '.guest-'))
  process.on('exit', () => rmSync(stage, { recursive: true, force: true }))
  for (const arch of wantedArchitectures()) symlinkSync(await guestImage(arch), join(stage, arch), 'junction')
  return `release/${basename(stage)}`
}

/** Returns the options of electron-builder that environment variables set. */
function settings() {
  const { BERTH_ELECTRON_DIST: electron, BERTH_DIST_OUTPUT: output } = process.env
  if (electron !== undefined && !existsSync(electron)) fail(`BERTH_ELECTRON_DIST: there is no ${electron}.`)
  if (output !== undefined) mkdirSync(output, { recursive: true })
  return [
    ...(electron === undefined ? [] : [`-c.electronDist=${resolve(electron)}`]),
    ...(output === undefined ? [] : [`-c.directories.output=${resolve(output)}`]),
  ]
}

/** Runs electron-builder and shows its output. Resolves with its exit code and the end of its output. */
function electronBuilder(builderArgs, env) {
  return new Promise((done, reject) => {
    const child = spawn(
      process.execPath,
      [join(repository, 'node_modules/electron-builder/cli.js'), ...builderArgs],
      {
        cwd: repository,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let tail = ''
    const show = (to) => (piece) => {
      to.write(piece)
      tail = (tail + String(piece)).slice(-20_000)
      // Otherwise electron-builder runs for another half a minute, because its failed downloader leaves a timer behind.
      if (downloadFailed(tail)) child.kill()
    }
    child.stdout.on('data', show(process.stdout))
    child.stderr.on('data', show(process.stderr))
    child.once('error', reject)
    child.once('close', (code) => {
      done({ code, tail })
    })
  })
}

const { buildAll } = await import('./build.mjs')
await buildAll()
const BERTH_GUEST_STAGE = await stageGuestImages()
await step('installers', async () => {
  const { code, tail } = await electronBuilder([...settings(), '--publish', 'never', ...args], {
    BERTH_GUEST_STAGE,
  })
  if (code === 0) return
  if (downloadFailed(tail))
    fail(
      'Electron, or a tool for the installers, could not be downloaded. Check the network connection, or set ' +
        'BERTH_ELECTRON_DIST to a folder with the Electron distribution for the target.',
    )
  fail(`electron-builder ended with code ${code}.`)
})
