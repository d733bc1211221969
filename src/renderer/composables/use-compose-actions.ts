import { computed } from 'vue'
import type { ComposeAction, ComposeProject } from '../../shared/compose'
import type { Container } from '../../shared/containers'
import { composeActionCommand, needsComposeFiles } from '../../shared/docker-commands/compose-commands'
import { BerthError } from '../../shared/errors'
import type { TaskOf } from '../../shared/tasks'
import { api } from '../api'
import { projectContainers } from '../lib/compose'
import { useEngine } from '../stores/engine'
import { useTasks } from '../stores/tasks'
import { useActions } from './use-actions'
import { useDockerLine } from './use-docker-line'
import { useText } from './use-text'

/** The usual `up`. The dialog has the other options. */
export const plainUp: Extract<ComposeAction, { action: 'up' }> = {
  action: 'up',
  services: [],
  build: false,
  pull: 'policy',
  recreate: false,
  removeOrphans: false,
}

/** Starts actions on compose projects. Each action is a task. */
export function useComposeActions() {
  const { t, errorText } = useText()
  const { tooltipOf } = useDockerLine()
  const { busy, run } = useActions()
  const engine = useEngine()
  const tasks = useTasks()

  const containers = computed(() => projectContainers(engine.containers.values()))
  const projectTasks = computed(() => {
    const newest = new Map<string, TaskOf<'compose'>>()
    const running = new Map<string, TaskOf<'compose'>>()
    for (const task of tasks.newestFirst) {
      if (task.kind !== 'compose') continue
      const { project, action } = task.params
      if (!newest.has(project)) newest.set(project, task)
      if (task.state === 'running' && action !== 'watch') running.set(project, task)
    }
    return { newest, running }
  })

  function containersOf(name: string): Container[] {
    return containers.value.get(name) ?? []
  }
  /** The newest task of a project, running or not. */
  function lastTask(name: string): TaskOf<'compose'> | undefined {
    return projectTasks.value.newest.get(name)
  }
  /** True while an action runs that excludes other actions on the project. */
  function isBusy(name: string): boolean {
    return busy.value.has(name) || projectTasks.value.running.has(name)
  }
  /** Why an action that needs the project's files is off. */
  function problemText({ problem }: ComposeProject): string | undefined {
    return problem === null ? undefined : errorText(BerthError.fromData(problem)).what
  }
  /** The label of a button, with the reason why the button is off. */
  function label(project: ComposeProject, action: string, needsFiles: boolean): string {
    const reason =
      needsFiles || project.problem?.code === 'compose.name-invalid' ? problemText(project) : undefined
    const name = t(`compose.action.${action}`)
    return reason === undefined ? name : `${name}: ${reason}`
  }
  /** The tooltip of a button: its label, and the docker command that does the same. */
  function tooltip(project: ComposeProject, action: ComposeAction): string {
    const name = label(project, action.action, needsComposeFiles(action))
    return tooltipOf(name, composeActionCommand(project, action))
  }
  function canRun(project: ComposeProject, needsFiles: boolean): boolean {
    const isOff = needsFiles ? project.problem !== null : project.problem?.code === 'compose.name-invalid'
    return engine.live && !isBusy(project.name) && !isOff
  }
  function start(name: string, action: ComposeAction): Promise<boolean> {
    return run(name, () => api.compose.run({ name, run: action }))
  }
  function forget(name: string): Promise<boolean> {
    return run(`forget ${name}`, () => api.compose.forget({ name }))
  }

  return { busy, containersOf, lastTask, isBusy, label, tooltip, canRun, start, forget }
}
