import type { ImageDetails } from '../../shared/images'
import type { EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { imageConfigSchema, imageHistorySchema } from './schemas'

/**
 * The facts and the history of an image.
 * @throws BerthError image.not-found; the BerthErrors of {@link EngineClient}
 */
export async function imageDetails(client: EngineClient, id: string): Promise<ImageDetails> {
  const path = `/images/${encodeURI(id)}`
  return withEngineErrors({ image: id }, async () => {
    const [inspect, history] = await Promise.all([
      client.json({ method: 'GET', path: `${path}/json` }, imageConfigSchema),
      client.json({ method: 'GET', path: `${path}/history` }, imageHistorySchema),
    ])
    const { Config: config } = inspect
    return {
      id: inspect.Id,
      platform: [inspect.Os, inspect.Architecture, inspect.Variant].filter(Boolean).join('/'),
      author: inspect.Author ?? '',
      command: config?.Cmd ?? [],
      entrypoint: config?.Entrypoint ?? [],
      environment: config?.Env ?? [],
      workingDirectory: config?.WorkingDir ?? '',
      user: config?.User ?? '',
      exposedPorts: Object.keys(config?.ExposedPorts ?? {}).sort(),
      volumes: Object.keys(config?.Volumes ?? {}).sort(),
      steps: history.map(({ CreatedBy, Comment, Size, Created }) => ({
        createdBy: CreatedBy,
        comment: Comment,
        size: Size,
        // Go's zero time is a negative number. It means that the builder has recorded no time.
        createdAt: Math.max(0, Created * 1000),
      })),
    }
  })
}
