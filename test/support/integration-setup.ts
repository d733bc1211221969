import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { TestProject } from 'vitest/node'
import { endOrphan } from '../../src/main/qemu/process-record'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Holds every home folder of the run. */
    runFolder: string
  }
}

/** Makes the run's folder. At the end of the run, however it went, no machine is left and the folder is removed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
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
