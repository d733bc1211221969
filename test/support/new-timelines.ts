import { join } from 'node:path'
import { Timelines } from '../../src/main/timelines'
import type { EngineFixture } from './engine-fixture'
import { silentLog } from './fake-services'

/** Timelines of the run's machine, kept below this folder. */
export async function newTimelines(
  { engine, state, machine, ports }: EngineFixture,
  folder: string,
): Promise<Timelines> {
  return Timelines.create(
    {
      ...{ log: silentLog, engine, state, link: machine.link, ports },
      isEmulated: () => machine.state.accelerator?.name === 'tcg',
    },
    await Timelines.read(join(folder, 'timelines'), silentLog),
  )
}
