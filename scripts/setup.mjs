/**
 * Makes a fresh clone ready: npm packages, and on Debian the programs Berth needs at run time and for its tests.
 * A second call costs nothing. Plain Node: it runs before any package is installed.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ensureAptPackages } from './lib/apt.mjs'
import { must, repository, step } from './lib/step.mjs'

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
  'gcc',
  'libc6-dev',
]

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(`Berth needs Node.js 20.19 or newer; this is ${process.versions.node}.\n`)
    process.exit(1)
  }
}

function onPath(program) {
  return process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, program)))
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

/** @param {{ tests: boolean }} options whether the programs that only tests use are needed too */
export async function setUp({ tests }) {
  checkNode()
  if (process.platform === 'linux') {
    // node-pty has no prebuilt binary for Linux.
    if (!onPath('make') || !onPath('g++') || !onPath('python3'))
      await ensureAptPackages(['python3', 'make', 'g++'], 'to compile node-pty')
    await ensureAptPackages(runPackages[process.arch] ?? [], 'to run the machine')
    if (tests) {
      await ensureAptPackages(testPackages, 'for the tests')
      if (!onPath('docker'))
        await ensureAptPackages(['docker.io'], 'for its docker client, a witness in the tests')
    }
  }
  await installNpmPackages()
}
