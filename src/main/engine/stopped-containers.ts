import { z } from 'zod'
import type { StoppedContainer } from '../../shared/container-actions'
import type { EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { listedName } from './mapping'
import { number, texts } from './schemas'

/** The states of the containers that `docker container prune` removes. */
const stopped = ['created', 'exited', 'dead']

const sizedListSchema = z.array(
  z.object({
    Id: z.string(),
    Names: texts,
    /** The engine leaves out a size of zero. */
    SizeRw: number,
  }),
)

/**
 * The containers that `docker container prune` would remove. The engine measures the files of each of them.
 * @throws BerthError the BerthErrors of {@link EngineClient}
 */
export async function stoppedContainers(client: EngineClient): Promise<StoppedContainer[]> {
  const entries = await withEngineErrors({}, () =>
    client.json(
      {
        method: 'GET',
        path: '/containers/json',
        query: { all: true, size: true, filters: JSON.stringify({ status: stopped }) },
      },
      sizedListSchema,
    ),
  )
  return entries.map((entry) => ({ id: entry.Id, name: listedName(entry), bytes: entry.SizeRw }))
}
