import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { StartThread } from '../../src/main/mounts/mounts-thread'

let bundle: string | undefined

/** Starts the thread of shared folders from its source, as scripts/build.mjs bundles it. */
export const startMountsThread: StartThread = (workerData) => {
  bundle ??= build()
  return new Worker(bundle, { workerData })
}

/** Below node_modules, where the bundle finds the packages that it leaves out, as in the app. */
const bundles = join(process.cwd(), 'node_modules', '.cache')

/** Runs esbuild's program: its `buildSync` was seen to block this thread forever. */
function build(): string {
  mkdirSync(bundles, { recursive: true })
  const folder = mkdtempSync(join(bundles, 'berth-mounts-worker-'))
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true })
  })
  const outfile = join(folder, 'mounts-worker.mjs')
  const options = [
    '--bundle',
    '--packages=external',
    '--platform=node',
    '--format=esm',
    '--target=node20.19',
    '--log-level=warning',
  ]
  execFileSync('node_modules/.bin/esbuild', [
    'src/main/file-server/worker.ts',
    `--outfile=${outfile}`,
    ...options,
  ])
  return outfile
}
