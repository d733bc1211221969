import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { pathPart, type EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { text, texts } from './schemas'

/** The first process of a running container, as the container was created. */
export interface ContainerProcess {
  /** The container's full id. */
  id: string
  /** The process id in the machine. */
  pid: number
  /** Each entry is `NAME=value`. */
  environment: string[]
  /** A name or number, with `:group` or not. */
  user: string
  folder: string
}

const processSchema = z.object({
  Id: z.string().regex(/^[0-9a-f]{12,64}$/),
  State: z.object({ Running: z.boolean(), Paused: z.boolean(), Pid: z.number().int().nonnegative() }),
  Config: z.object({ Env: texts, User: text, WorkingDir: text }),
})

/**
 * Reads what another process needs to join a running container.
 * @throws BerthError container.not-found, container.not-running, container.paused; the BerthErrors of
 * {@link EngineClient}
 */
export async function findContainerProcess(
  client: EngineClient,
  container: string,
): Promise<ContainerProcess> {
  const { Id, State, Config } = await withEngineErrors({ container }, () =>
    client.json({ method: 'GET', path: `/containers/${pathPart(container)}/json` }, processSchema),
  )
  if (State.Paused) throw new BerthError('container.paused', { container })
  if (!State.Running || State.Pid === 0) throw new BerthError('container.not-running', { container })
  return {
    id: Id,
    pid: State.Pid,
    environment: Config.Env,
    user: Config.User || 'root',
    folder: Config.WorkingDir || '/',
  }
}
