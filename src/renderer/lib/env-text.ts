interface Variable {
  name: string
  value: string
}

/** Writes variables as a .env file that `pastedVariables` reads again. */
export function variablesText(variables: readonly Variable[]): string {
  return variables
    .filter(({ name, value }) => name !== '' || value !== '')
    .map(({ name, value }) => `${name}=${quoted(value)}`)
    .join('\n')
}

function quoted(value: string): string {
  if (!/[\n\r"'#\\]|^\s|\s$/.test(value)) return value
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
  return `"${escaped}"`
}
