import { execFileSync, spawnSync } from 'node:child_process'

/**
 * Makes sure that the given Debian packages are installed. Silent when they are; as root it installs what is
 * missing; otherwise it prints the one command to run and ends the process.
 *
 * @param {string[]} packages
 * @param {string} reason what they are needed for, as in "needed to build the guest image"
 */
export function ensureAptPackages(packages, reason) {
  const missing = missingPackages(packages)
  if (missing.length === 0) return

  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing]
  if (process.getuid?.() !== 0 || !hasApt()) {
    console.error(`These packages are missing (${reason}). Install them, then run this again:`)
    console.error(`  sudo ${install.join(' ')}`)
    process.exit(1)
  }

  console.log(`Installing ${missing.join(', ')} (${reason})`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const [command, ...args] of [['apt-get', 'update'], install]) {
    const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8', maxBuffer: 1 << 26 })
    if (status !== 0) {
      console.error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`)
      process.exit(1)
    }
  }
}

/** @param {string[]} packages */
function missingPackages(packages) {
  // dpkg-query exits with 1 when it has never heard of one of them, and still lists the others.
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages], {
    encoding: 'utf8',
  })
  const installed = new Set((stdout ?? '').split('\n').map((line) => line.trim()))
  return packages.filter((name) => !installed.has(`${name} installed`))
}

function hasApt() {
  try {
    execFileSync('apt-get', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
