import { filePathText, lastFileName } from '../file-paths'
import { when } from './words'

/** Stands for a file of this computer that the user has not chosen yet. */
const anyFile = 'FILE'

/**
 * `docker cp` from a container into the current folder. `path` is encoded, and undefined is returned if no shell can
 * write it. A link is followed, as Berth follows it. The command copies a folder itself, not an archive of it.
 */
export function copyOutCommand(container: string, path: string, isLink = false): string[] | undefined {
  const text = filePathText(path)
  if (text === undefined) return undefined
  // The root has no name that its copy could have.
  const place = lastFileName(path) === '' ? container : '.'
  return ['docker', 'cp', ...when(isLink, '-L'), `${container}:${text}`, place]
}

/** `docker cp` into a folder of a container. `folder` is encoded. `names` are the chosen files, if they are known. */
export function copyInCommand(
  container: string,
  folder: string,
  names: readonly string[] = [],
): string[] | undefined {
  const text = filePathText(folder)
  if (text === undefined) return undefined
  const [name = anyFile, ...others] = names
  const source = others.length > 0 ? anyFile : localFile(name)
  return ['docker', 'cp', source, `${container}:${text.endsWith('/') ? text : `${text}/`}`]
}

/** For the docker CLI, a colon ends the name of a container, and a dash begins a flag. */
function localFile(name: string): string {
  return /^-|:/.test(name) ? `./${name}` : name
}
