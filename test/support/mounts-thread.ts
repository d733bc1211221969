import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { buildSync } from 'esbuild'
import type { StartThread } from '../../src/main/mounts/mounts-thread'

let bundle: string | undefined

/** Starts the thread of shared folders from its source, as scripts/build.mjs bundles it. */
export const startMountsThread: StartThread = () => {
  bundle ??= build()
  return new Worker(bundle)
}

function build(): string {
  const outfile = join(mkdtempSync(join(tmpdir(), 'berth-mounts-worker-')), 'mounts-worker.mjs')
  buildSync({
    entryPoints: [join(process.cwd(), 'src/main/mounts/worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'warning',
  })
  return outfile
}
