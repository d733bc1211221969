import { defineStore } from 'pinia'
import { computed } from 'vue'
import { changeOf, type ContainerChange } from '../../shared/container-changes'
import { useTasks } from './tasks'

/** The runs, edits and updates of containers. They are tasks. */
export const useContainerChanges = defineStore('containerChanges', () => {
  const tasks = useTasks()
  /** The newest is the first. */
  const all = computed<ContainerChange[]>(() => tasks.newestFirst.flatMap((task) => changeOf(task) ?? []))

  function find(id: string | undefined): ContainerChange | undefined {
    return all.value.find((change) => change.id === id)
  }
  /** The change of a container that is in progress. */
  function running(containerId: string): ContainerChange | undefined {
    return all.value.find(({ oldId, state }) => state === 'running' && oldId === containerId)
  }
  /** The page or a dialog shows the steps of a change, so its result needs no notice. */
  function see(id: string): void {
    tasks.watched.add(id)
  }
  /** The user has left the steps of a change. If it is still running, its result needs a notice. */
  function leave(id: string): void {
    if (find(id)?.state === 'running') tasks.watched.delete(id)
  }

  return { all, find, running, see, leave }
})
