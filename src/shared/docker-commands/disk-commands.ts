import type { DiskKind } from '../disk'
import { pruneImagesCommand } from './image-commands'
import { pruneVolumesCommand } from './volume-commands'

/** The command that removes everything of a kind that nothing uses. */
export function reclaimCommand(kind: DiskKind): string[] {
  switch (kind) {
    case 'images':
      return pruneImagesCommand(true)
    case 'containers':
      return ['docker', 'container', 'prune']
    case 'volumes':
      return pruneVolumesCommand()
    case 'build-cache':
      return ['docker', 'builder', 'prune', '-a']
  }
}
