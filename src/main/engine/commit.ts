import type { CommitRequest } from '../../shared/container-actions'
import { splitTag } from '../../shared/images'
import type { EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { createdSchema } from './schemas'

/**
 * Makes an image from a container, like `docker commit`. The engine reports the new image in an event.
 * @throws BerthError container.not-found, disk.full, engine.error; the BerthErrors of {@link EngineClient}
 */
export async function commitContainer(
  client: EngineClient,
  id: string,
  { reference, message, author, changes, pause }: CommitRequest,
): Promise<{ imageId: string }> {
  const { name, tag } = splitTag(reference)
  const { Id: imageId } = await withEngineErrors({ container: id }, () =>
    client.json(
      {
        method: 'POST',
        path: '/commit',
        query: {
          container: id,
          repo: name,
          tag,
          comment: message === '' ? undefined : message,
          author: author === '' ? undefined : author,
          // The engine parses the changes as the lines of one Dockerfile.
          changes: changes.length === 0 ? undefined : changes.join('\n'),
          pause,
        },
      },
      createdSchema,
    ),
  )
  return { imageId }
}
