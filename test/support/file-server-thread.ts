import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { StartThread } from '../../src/main/mounts/file-server-thread'

let bundle: string | undefined
let newest: Worker | undefined

/** Starts the file server’s thread from its source. Bundles the source in the same way as scripts/build.mjs. */
export const startFileServerThread: StartThread = (workerData) => {
  bundle ??= build()
  newest = new Worker(bundle, { workerData })
  return newest
}

/** Ends the thread that was started last, as a crash would. */
export async function crashFileServerThread(): Promise<void> {
  await newest?.terminate()
}

/** This folder is inside node_modules, so that the bundle finds its external packages. */
const bundles = join(process.cwd(), 'node_modules', '.cache')

/** Runs esbuild as a program, because its function `buildSync` has sometimes blocked this thread forever. */
function build(): string {
  mkdirSync(bundles, { recursive: true })
  const folder = mkdtempSync(join(bundles, 'berth-file-server-worker-'))
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true })
  })
  const outfile = join(folder, 'file-server-worker.mjs')
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
