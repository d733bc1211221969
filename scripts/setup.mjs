/**
 * Prepares a fresh clone: installs npm packages, and on Debian the programs that Berth and its tests need. If
 * everything is already installed, takes almost no time. Uses only Node's own modules, because no package is installed
 * yet.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureAptPackages } from './lib/apt.mjs'
import { isOnPath } from './lib/program.mjs'
import { fail, must, repository, step } from './lib/step.mjs'

const runPackages = {
  x64: ['qemu-system-x86', 'qemu-utils'],
  arm64: ['qemu-system-arm', 'qemu-utils'],
}
const testPackages = [
  'chromium',
  'fonts-noto-cjk',
  'busybox-static',
  'docker-registry',
  'openssh-client',
  // A benchmark runs sshfs with the sftp-server of this package.
  'openssh-sftp-server',
  'e2fsprogs',
  'gcc',
  'libc6-dev',
]

/** On Debian 12 and on Ubuntu, the package of the engine also contains the docker client. */
function dockerClientPackage() {
  const release = readFileSync('/etc/os-release', 'utf8')
  // Debian testing and Debian unstable have no version number.
  const [, version = Infinity] = /^VERSION_ID="?(\d+)/m.exec(release) ?? []
  return /^ID="?debian\b/m.test(release) && Number(version) >= 13 ? 'docker-cli' : 'docker.io'
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Berth needs Node.js 20.19 or newer. This is ${process.versions.node}.`)
}

async function installNpmPackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(repository, 'package-lock.json')))
    .update(process.version)
    .digest('hex')
  const marker = join(repository, 'node_modules', '.berth-installed')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  await step('npm packages', async () => {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    await must(npm, ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
      shell: process.platform === 'win32',
    })
    writeFileSync(marker, wanted)
  })
}

/** @param {{ tests: boolean }} options whether to prepare for the tests as well */
export async function setUp({ tests }) {
  checkNode()
  if (process.platform === 'linux') {
    // node-pty has no prebuilt binary for Linux.
    if (!['make', 'g++', 'python3'].every(isOnPath))
      ensureAptPackages(['python3', 'make', 'g++'], 'to compile node-pty')
    ensureAptPackages(runPackages[process.arch] ?? [], 'to run the machine')
    if (tests) {
      ensureAptPackages(testPackages, 'for the tests')
      if (!isOnPath('docker')) ensureAptPackages([dockerClientPackage()], 'for the tests')
    }
  }
  await installNpmPackages()
}
