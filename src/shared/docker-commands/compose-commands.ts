import type { ComposeAction, ComposeActionName, ComposeProject } from '../compose'
import { each, type Word } from './words'

/**
 * `docker compose` with the project's files. `args` are the action and its flags. Without files, compose finds the
 * project's containers by their labels.
 */
export function composeCommand(
  project: Pick<ComposeProject, 'name' | 'folder' | 'files' | 'envFiles' | 'profiles'>,
  args: readonly string[],
): Word[] {
  return [
    ...['docker', 'compose', '-p', project.name],
    ...(project.folder === '' || project.files.length === 0 ? [] : ['--project-directory', project.folder]),
    ...each('-f', project.files),
    ...each('--env-file', project.envFiles),
    ...each('--profile', project.profiles),
    ...args,
  ]
}

const byLabels: readonly ComposeActionName[] = ['start', 'stop', 'restart', 'down']

/** False if an action finds the project by the labels of its containers, so that it works without its files. */
export function needsComposeFiles({ action }: Pick<ComposeAction, 'action'>): boolean {
  return !byLabels.includes(action)
}

/** The command of an action. Berth itself starts the services before it watches, which compose does by itself. */
export function composeActionCommand(
  project: Parameters<typeof composeCommand>[0],
  action: ComposeAction,
): Word[] {
  const args = action.action === 'watch' ? ['watch', ...action.services] : composeArguments(action)
  return composeCommand(needsComposeFiles(action) ? project : { ...project, files: [] }, args)
}

/** The arguments with which Berth runs `docker compose`, after the project. */
export function composeArguments(action: ComposeAction): string[] {
  switch (action.action) {
    case 'up':
      return [
        ...['up', '-d', '--yes'],
        ...(action.pull === 'policy' ? [] : ['--pull', action.pull]),
        ...(action.build ? ['--build'] : []),
        ...(action.recreate ? ['--force-recreate'] : []),
        ...(action.removeOrphans ? ['--remove-orphans'] : []),
        ...action.services,
      ]
    case 'down':
      return ['down', ...(action.volumes ? ['--volumes'] : []), ...(action.images ? ['--rmi', 'all'] : [])]
    case 'scale':
      return ['scale', `${action.service}=${action.replicas}`]
    case 'watch':
      return ['watch', '--no-up', ...action.services]
    case 'pull':
      return ['pull', '--ignore-buildable', ...action.services]
    default:
      return [action.action, ...action.services]
  }
}
