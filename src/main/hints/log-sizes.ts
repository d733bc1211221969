import type { SshLink } from '../ssh'

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
  if (known.length === 0) return new Map()
  const { stdout } = await link.exec(`stat -c '%s %n' ${known.join(' ')}`, { background: true })
  return new Map(
    stdout.split('\n').flatMap((line): [string, number][] => {
      const [, size, path] = /^(\d+) (.+)$/.exec(line) ?? []
      return size === undefined || path === undefined ? [] : [[path, Number(size)]]
    }),
  )
}
