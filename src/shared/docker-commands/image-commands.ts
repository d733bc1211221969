import type { BuildRequest } from '../builds'
import { asFolder } from '../host-paths'
import { each, pathWord, unless, when, type Word } from './words'

export function pullCommand(reference: string): string[] {
  return ['docker', 'pull', reference]
}

export function pushCommand(reference: string): string[] {
  return ['docker', 'push', reference]
}

export function tagCommand(image: string, tag: string): string[] {
  return ['docker', 'tag', image, tag]
}

export function removeImageCommand(images: readonly string[]): string[] {
  return ['docker', 'rmi', ...images]
}

/** `all` also removes the images that have a tag. */
export function pruneImagesCommand(all: boolean): string[] {
  return ['docker', 'image', 'prune', ...when(all, '-a')]
}

export function saveCommand(images: readonly string[]): string[] {
  return ['docker', 'save', '-o', 'images.tar', ...images]
}

export function loadCommand(fileName: string): string[] {
  return ['docker', 'load', '-i', fileName]
}

export function importCommand(fileName: string, reference: string): string[] {
  return ['docker', 'import', fileName, reference]
}

/**
 * `docker build`. The values of the arguments are left out, because some are secrets: the Docker CLI then takes them
 * from variables of the shell. It takes each secret of the build from the variable of that name too.
 */
export function buildCommand(request: BuildRequest): Word[] {
  return [
    ...['docker', 'build'],
    ...each('-t', request.tags),
    ...(request.dockerfile === 'Dockerfile'
      ? []
      : ['-f', pathWord(asFolder(request.folder) + request.dockerfile)]),
    ...each(
      '--build-arg',
      request.arguments.map(({ name }) => name),
    ),
    ...each(
      '--secret',
      request.secrets.map(({ id }) => `id=${id}`),
    ),
    ...unless('--target', request.target),
    ...unless('--platform', request.platform),
    ...when(request.noCache, '--no-cache'),
    ...when(request.pull, '--pull'),
    pathWord(request.folder),
  ]
}
