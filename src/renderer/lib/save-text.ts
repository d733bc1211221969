import type { LineShell } from '../../shared/docker-commands/words'

/** Makes the browser save a text as a file. */
export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

/** The name and the text of a script with one line. Without the mark, PowerShell 5 does not read the text as UTF-8. */
export function scriptFile(
  name: string,
  { line, shell }: { line: string; shell: LineShell },
): [name: string, text: string] {
  return shell === 'posix' ? [`${name}.sh`, `#!/bin/sh\n${line}\n`] : [`${name}.ps1`, `\uFEFF${line}\r\n`]
}
