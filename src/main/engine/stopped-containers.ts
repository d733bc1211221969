import { z } from 'zod'
import type { StoppedContainer } from '../../shared/container-actions'
import type { EngineClient } from './client'
import { withEngineErrors } from './engine-errors'

/** The states of the containers that `docker container prune` removes. */
const stopped = ['created', 'exited', 'dead']

const sizedListSchema = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    /** The engine leaves out a size of zero. */
    SizeRw: z.number().nullish(),
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
  return entries.map(({ Id, Names, SizeRw }) => ({
    id: Id,
    name: (Names?.[0] ?? Id.slice(0, 12)).replace(/^\//, ''),
    bytes: SizeRw ?? 0,
  }))
}
