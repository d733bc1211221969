import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { pino } from 'pino'
import type { TestProject } from 'vitest/node'
import { endOrphan } from '../../src/main/qemu/process-record'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Holds every home folder of the run. */
    runFolder: string
  }
}

/**
 * Makes the run's folder. Also makes the guest image of this source tree the newest one, because Berth boots the
 * newest. At the end of the run, even of a failed one, ends every machine and removes the folder.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.platform === 'linux') await execa('node', ['scripts/vm-build.mjs'], { stdio: 'inherit' })
  const folder = await mkdtemp(join(tmpdir(), 'berth-integration-'))
  project.provide('runFolder', folder)
  return async () => {
    for (const home of await readdir(folder)) {
      await endOrphan(
        join(folder, home, 'run', 'qemu.json'),
        join(folder, home, 'machine', 'data.qcow2'),
        pino({ level: 'silent' }),
      )
    }
    await rm(folder, { recursive: true, force: true })
  }
}
