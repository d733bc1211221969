import { z } from 'zod'
import type { ChangeableLimits, CurrentLimits, StoredLimits } from '../../shared/isolation'
import { toLimits, updateBody, type MachineSize } from '../../shared/limits-update'
import { pathPart, type EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { number, text } from './schemas'

const limitsAnswerSchema = z.object({
  HostConfig: z.object({
    NanoCpus: number,
    CpuQuota: number,
    CpuPeriod: number,
    CpuShares: number,
    CpusetCpus: text,
    Memory: number,
    MemorySwap: number,
    PidsLimit: number,
    RestartPolicy: z.object({ Name: text, MaximumRetryCount: number }).nullish(),
  }),
})

/**
 * The limits that the engine has stored for a container.
 * @throws BerthError container.not-found
 */
export async function readLimits(
  client: EngineClient,
  id: string,
  most: MachineSize,
): Promise<CurrentLimits> {
  const stored = await readHostConfig(client, id)
  return { limits: toLimits(stored, most), stored }
}

/**
 * Changes the limits of a container, whether it runs or not. Sends only what differs, because the engine refuses some
 * fields of some containers.
 * @throws BerthError container.not-found; engine.error if the engine refuses the limits
 */
export async function changeLimits(
  client: EngineClient,
  id: string,
  { limits, most }: { limits: ChangeableLimits; most: MachineSize },
): Promise<void> {
  const body = updateBody(await readHostConfig(client, id), limits, most)
  if (Object.keys(body).length === 0) return
  await withEngineErrors({ container: id }, () =>
    client.call({ method: 'POST', path: `/containers/${pathPart(id)}/update`, body }),
  )
}

async function readHostConfig(client: EngineClient, id: string): Promise<StoredLimits> {
  const { HostConfig } = await withEngineErrors({ container: id }, () =>
    client.json({ method: 'GET', path: `/containers/${pathPart(id)}/json` }, limitsAnswerSchema),
  )
  return HostConfig
}
