import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const run = promisify(execFile)

/** Makes every download fail immediately, because packing must work without a network. */
const noNetwork = {
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  ELECTRON_MIRROR: 'http://127.0.0.1:9/',
  ELECTRON_BUILDER_BINARIES_MIRROR: 'http://127.0.0.1:9/',
}

/** Runs `npm run dist -- …args` without a network. On failure it rejects with `code` and `stderr`. */
export async function dist(args: string[], env: Record<string, string>): Promise<void> {
  await run(process.execPath, ['scripts/dist.mjs', ...args], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, ...noNetwork, ...env },
    maxBuffer: 16 * 1024 * 1024,
  })
}
