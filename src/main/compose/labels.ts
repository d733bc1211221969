import { composeLabels } from '../../shared/compose'
import { privateRoot } from './compose-cli'

/** What the labels of a container say about its project. The paths are paths on this computer. */
export interface LabelledProject {
  name: string
  /** Empty if no label names the folder. */
  folder: string
  files: string[]
  envFiles: string[]
}

/**
 * Reads the labels with which compose marks a container. Returns undefined for a container without a project. Compose
 * in the machine writes paths in the machine, and `hostPath` converts these.
 */
export function projectOfLabels(
  labels: Readonly<Record<string, string>>,
  hostPath: (path: string) => string,
): LabelledProject | undefined {
  const name = labels[composeLabels.project]
  if (name === undefined || name === '') return undefined
  const paths = (label: string) =>
    (labels[label] ?? '')
      .split(',')
      .filter((path) => path !== '' && !path.startsWith(`${privateRoot}/`))
      .map(hostPath)
  return {
    name,
    folder: hostPath(labels[composeLabels.folder] ?? ''),
    files: paths(composeLabels.files),
    envFiles: paths(composeLabels.envFiles),
  }
}
