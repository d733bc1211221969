import { z } from 'zod'
import type { EngineParts } from '../../shared/stack'
import type { EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { text, texts } from './schemas'

const componentsSchema = z.object({
  Components: z
    .array(
      z.object({
        Name: z.string(),
        Version: text,
        Details: z.record(z.string(), z.unknown()).nullish(),
      }),
    )
    .nullish(),
})

const partsSchema = z.object({
  Driver: z.string(),
  DriverStatus: z.array(z.array(z.string())).nullish(),
  DockerRootDir: text,
  CgroupDriver: text,
  DefaultRuntime: text,
  SecurityOptions: texts,
})

/**
 * The programs and drivers that the engine consists of, as `docker version` and `docker info` show them.
 * @throws the BerthErrors of {@link EngineClient}
 */
export async function engineParts(client: EngineClient, signal?: AbortSignal): Promise<EngineParts> {
  return withEngineErrors({}, async () => {
    const [version, info] = await Promise.all([
      client.json({ method: 'GET', path: '/version', signal }, componentsSchema),
      client.json({ method: 'GET', path: '/info', signal }, partsSchema),
    ])
    return {
      components: (version.Components ?? []).map(({ Name, Version, Details }) => {
        const commit = new Map(Object.entries(Details ?? {})).get('GitCommit')
        return { name: Name, version: Version, commit: typeof commit === 'string' ? commit : '' }
      }),
      storageDriver: info.Driver,
      storage: (info.DriverStatus ?? []).flatMap(([name, value]) =>
        name === undefined || value === undefined ? [] : [{ name, value }],
      ),
      folder: info.DockerRootDir,
      cgroupDriver: info.CgroupDriver,
      runtime: info.DefaultRuntime,
      security: info.SecurityOptions.map((option) => /^name=([^,]+)/.exec(option)?.[1] ?? option),
    }
  })
}
