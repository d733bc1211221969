import type { RunRequest } from '../../run'

/**
 * A file of this computer with variables or labels, one `NAME=value` a line. A `dotenv` file has the notation of
 * compose, in which a value may have quotes.
 */
export interface NamedFile {
  kind: 'env' | 'label' | 'dotenv'
  path: string
  /** The flag or key that names the file. */
  written: string
}

/**
 * Reads a file of `--env-file` or `--label-file`: one `NAME=value` a line, without quotes. A variable without a value
 * has the value of the shell, so it is left out.
 */
export function readPairsFile(text: string, kind: NamedFile['kind']): { name: string; value: string }[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#') && (kind === 'label' || line.includes('=')))
    .map((line) => {
      const equals = line.indexOf('=')
      return equals === -1
        ? { name: line, value: '' }
        : { name: line.slice(0, equals), value: line.slice(equals + 1) }
    })
}

/** Adds the rows of a file. A flag of the same name overrides a row of the file. */
export function withFile(
  request: RunRequest,
  file: NamedFile,
  rows: readonly { name: string; value: string }[],
): RunRequest {
  const field = file.kind === 'label' ? 'labels' : 'environment'
  const own = request[field] ?? []
  const names = new Set(own.map(({ name }) => name))
  return { ...request, [field]: [...rows.filter(({ name }) => !names.has(name)), ...own] }
}
