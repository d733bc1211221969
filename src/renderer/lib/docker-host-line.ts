/** The line that points docker tools in one terminal at an address: for PowerShell on Windows, else for a POSIX shell. */
export function dockerHostLine(dockerHost: string): string {
  if (dockerHost.startsWith('npipe:')) return `$env:DOCKER_HOST = '${dockerHost.replaceAll("'", "''")}'`
  const plain = /^[\w:/.@%+,-]+$/.test(dockerHost)
  return `export DOCKER_HOST=${plain ? dockerHost : `'${dockerHost.replaceAll("'", `'\\''`)}'`}`
}
