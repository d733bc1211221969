import { spawnSync } from 'node:child_process'
import { isOnPath } from './program.mjs'
import { fail } from './step.mjs'

/**
 * Makes sure that Debian packages are installed. As root, this function installs the missing packages. Otherwise it
 * prints the command that installs them, and ends the process.
 *
 * @param {string[]} packages
 * @param {string} reason why the packages are needed, for example "to build the guest image"
 */
export function ensureAptPackages(packages, reason) {
  const missing = missingPackages(packages)
  if (missing.length === 0) return

  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing]
  if (process.getuid?.() !== 0 || !isOnPath('apt-get'))
    fail(
      `Some packages are missing (${reason}). Install them, then run the command again:\n  sudo ${install.join(' ')}`,
    )

  process.stdout.write(`Installing ${missing.join(', ')} (${reason})\n`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const [command, ...args] of [['apt-get', 'update'], install]) {
    const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8', maxBuffer: 1 << 26 })
    if (status !== 0) fail(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  }
}

function missingPackages(packages) {
  // dpkg-query exits with 1 if it does not know one of the packages, but it still lists the others.
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages], {
    encoding: 'utf8',
  })
  const installed = new Set((stdout ?? '').split('\n').map((line) => line.trim()))
  return packages.filter((name) => !installed.has(`${name} installed`))
}
