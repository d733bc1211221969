import { join } from 'node:path'
import type { Tasks } from '../../src/main/tasks'
import { Timelines } from '../../src/main/timelines'
import { runsCompose } from '../../src/shared/tasks'
import type { EngineFixture } from './engine-fixture'
import { silentLog } from './fake-services'

/** Timelines of the run's machine, kept below this folder. `tasks`: those that may run compose. */
export async function newTimelines(
  { engine, state, machine, ports }: EngineFixture,
  folder: string,
  tasks?: Pick<Tasks, 'list'>,
): Promise<Timelines> {
  return Timelines.create(
    {
      ...{ log: silentLog, engine, state, link: machine.link, ports },
      isEmulated: () => machine.state.accelerator?.name === 'tcg',
      isComposing: (project) => runsCompose(tasks?.list() ?? [], project),
    },
    await Timelines.read(join(folder, 'timelines'), silentLog),
  )
}
