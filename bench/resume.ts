import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { homePaths, newMachine } from '../test/support/new-machine'
import { comparedSize } from './support/machine'
import { median, timed, type BenchOptions, type BenchResult } from './support/result'

const allRounds = 3

/**
 * Measures the time from the start of a suspended machine until the engine responds. Compares it with the time of a
 * cold boot of the same machine in the same run.
 */
export default async function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  const rounds = smoke ? 1 : allRounds
  const home = await mkdtemp(join(tmpdir(), 'berth-bench-resume-'))
  const { machine, paths } =
    smoke?.bench ?? newMachine({ paths: homePaths(home), settings: () => comparedSize })
  const boots: number[] = []
  const suspends: number[] = []
  const resumes: number[] = []
  let bytes = 0
  let steps = ''
  try {
    // The first start does not count, because it also formats the disk and finds out which accelerator works.
    if (!smoke) {
      await machine.start()
      await machine.stop()
    }
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
      ['to a responding engine', `median of ${String(rounds)}`, 'steps of the last round'],
      ['cold boot', `${boot.toFixed(2)} s`, ''],
      ['resume', `${resume.toFixed(2)} s`, steps],
      ['(suspend)', `${suspend.toFixed(2)} s`, `${String(Math.round(bytes / 2 ** 20))} MiB`],
    ],
  }
}
