import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { pino } from 'pino'
import type { TestProject } from 'vitest/node'
import { endOrphan } from '../../src/main/qemu/process-record'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder that contains all home folders of the test run. */
    runFolder: string
  }
}

/**
 * Makes the test run's folder. On Linux, also makes this source tree's guest image the newest guest image, because
 * Berth boots the newest. At the end of the run, ends every machine and removes the folder, even if tests have failed.
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
