import type { SshLink } from '../ssh'

/** The paths of one call. Linux limits a command to 128 KiB, and a path has about 170 bytes. */
const pathsOfCall = 400

/**
 * The sizes in bytes of the files of logs, by their paths in the machine. A file that does not exist is left out.
 * @throws BerthError machine.connection-lost, machine.not-running
 */
export async function logSizes(
  link: Pick<SshLink, 'exec'>,
  paths: readonly string[],
): Promise<Map<string, number>> {
  // The engine's own paths have no other characters.
  const known = paths.filter((path) => /^\/[\w./-]+$/.test(path))
  const sizes = new Map<string, number>()
  for (let first = 0; first < known.length; first += pathsOfCall) {
    const some = known.slice(first, first + pathsOfCall)
    const { stdout } = await link.exec(`stat -c '%s %n' ${some.join(' ')}`, { background: true })
    for (const line of stdout.split('\n')) {
      const [, size, path] = /^(\d+) (.+)$/.exec(line) ?? []
      if (size !== undefined && path !== undefined) sizes.set(path, Number(size))
    }
  }
  return sizes
}
