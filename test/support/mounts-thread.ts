import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { StartThread } from '../../src/main/mounts/mounts-thread'

let bundle: string | undefined

/** Starts the thread of shared folders from its source, as scripts/build.mjs bundles it. */
export const startMountsThread: StartThread = (workerData) => {
  bundle ??= build()
  return new Worker(bundle, { workerData })
}

/** By esbuild's program: its `buildSync` blocks this thread on a worker, and was seen to do so for ever. */
function build(): string {
  const folder = mkdtempSync(join(tmpdir(), 'berth-mounts-worker-'))
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true })
  })
  const outfile = join(folder, 'mounts-worker.mjs')
  const options = ['--bundle', '--platform=node', '--format=esm', '--target=node20.19', '--log-level=warning']
  execFileSync('node_modules/.bin/esbuild', [
    'src/main/file-server/worker.ts',
    `--outfile=${outfile}`,
    ...options,
  ])
  return outfile
}
