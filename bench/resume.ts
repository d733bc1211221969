import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine } from '../src/main/engine/engine'
import { createLog } from '../src/main/host/log'
import { berthPaths } from '../src/main/host/paths'
import { Machine } from '../src/main/machine/machine'
import { median, timed, type BenchResult } from './support/result'

const size = { cpus: 2, memoryMiB: 2048, diskGiB: 64 }
const rounds = 3

/** Suspended to a responding engine, against the cold boot of the same machine in the same run. */
export default async function (): Promise<BenchResult> {
  const home = await mkdtemp(join(tmpdir(), 'berth-bench-resume-'))
  const cache = berthPaths({ ...process.env, BERTH_HOME: undefined }, process.platform)
  const paths = { ...berthPaths({ BERTH_HOME: home }, process.platform), ...guestOf(cache) }
  const machine = new Machine({
    paths,
    log: createLog(paths.logs),
    settings: () => size,
    waitForEngine: (link, signal) => new Engine({ link }).waitUntilReady(signal),
  })
  const boots: number[] = []
  const suspends: number[] = []
  const resumes: number[] = []
  let bytes = 0
  let steps = ''
  try {
    // The very first start also formats the disk and finds out which accelerator works.
    await machine.start()
    await machine.stop()
    for (let round = 0; round < rounds; round += 1) {
      boots.push(await timed(() => machine.start()))
      suspends.push(await timed(() => machine.suspend()))
      bytes = (await stat(join(paths.machine, 'suspended.memory'))).size
      resumes.push(await timed(() => machine.start()))
      const { notResumed } = machine.state
      if (notResumed) throw new Error(`the machine booted instead: ${JSON.stringify(notResumed)}`)
      steps = machine.state.steps
        .map(({ name, startedAt, endedAt = startedAt }) => `${name} ${String(endedAt - startedAt)} ms`)
        .join(', ')
      await machine.stop()
    }
  } finally {
    await machine.stop()
    await rm(home, { recursive: true, force: true })
  }
  const [boot, suspend, resume] = [median(boots), median(suspends), median(resumes)]
  return {
    name: 'resume',
    ratios: { boot: resume / boot },
    figures: {
      boot_seconds: boot,
      suspend_seconds: suspend,
      resume_seconds: resume,
      memory_file_mebibytes: bytes / 2 ** 20,
    },
    table: [
      ['to a responding engine', `median of ${String(rounds)}`, 'steps of the last one'],
      ['cold boot', `${boot.toFixed(2)} s`, ''],
      ['suspended', `${resume.toFixed(2)} s`, steps],
      ['(to suspend it)', `${suspend.toFixed(2)} s`, `${String(Math.round(bytes / 2 ** 20))} MiB`],
    ],
  }
}

function guestOf({ guestCache, guestImage }: ReturnType<typeof berthPaths>) {
  return guestImage === undefined ? { guestCache } : { guestCache, guestImage }
}
