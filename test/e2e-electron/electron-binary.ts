import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Electron's executable: BERTH_ELECTRON_BINARY, or the one that the electron package has downloaded. */
export function electronBinary(repository: string): string | undefined {
  const { BERTH_ELECTRON_BINARY: named } = process.env
  if (named !== undefined) return named
  const folder = join(repository, 'node_modules', 'electron')
  const pathFile = join(folder, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const binary = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim())
  return existsSync(binary) ? binary : undefined
}
