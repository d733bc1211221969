import type { EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { createdSchema } from './schemas'
import type { CreateBody } from './schemas-recreation'

export interface CreateOptions {
  /** The engine chooses a name if this is undefined. */
  name?: string | undefined
  /** Such as `linux/arm64`. Empty or undefined for the machine's own platform. */
  platform?: string | undefined
}

/**
 * Creates a container without starting it. Also creates the volumes that do not exist yet.
 * @throws BerthError container.name-taken, container.no-command, image.not-found, disk.full; the BerthErrors of
 * {@link EngineClient}
 */
export async function createContainer(
  client: EngineClient,
  body: CreateBody,
  { name, platform }: CreateOptions,
): Promise<{ id: string }> {
  const query = { name, platform: platform === '' ? undefined : platform }
  const { Id } = await withEngineErrors({ image: body.Image }, () =>
    client.json({ method: 'POST', path: '/containers/create', query, body }, createdSchema),
  )
  return { id: Id }
}
