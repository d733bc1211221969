import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { BerthPaths } from '../../src/main/host/berth-files'

/** Returns the process id of the QEMU that runs the machine of a home folder. */
export async function qemuPid(paths: BerthPaths): Promise<number> {
  const record = await readFile(join(paths.run, 'qemu.json'), 'utf8')
  return z.object({ pid: z.number() }).parse(JSON.parse(record)).pid
}
