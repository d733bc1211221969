import { readFile } from 'node:fs/promises'
import { delay } from '../../src/main/lib'

const ticksPerSecond = 100

/** Measures the share of one processor that processes use together during this time. */
export async function cpuShare(pids: readonly number[], milliseconds: number): Promise<number> {
  const [before, begin] = [await cpuSeconds(pids), performance.now()]
  await delay(milliseconds)
  return ((await cpuSeconds(pids)) - before) / ((performance.now() - begin) / 1000)
}

/** Returns processor time in seconds. Fields 14 (user) and 15 (system) of `stat` count ticks: proc(5). */
async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(fields[11]) + Number(fields[12])
    }),
  )
  return ticks.reduce((sum, each) => sum + each, 0) / ticksPerSecond
}
