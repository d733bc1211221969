import { useDocumentVisibility } from '@vueuse/core'
import { shallowRef, watch } from 'vue'
import type { Container } from '../../shared/containers'
import type { BerthError } from '../../shared/errors'
import type { Cgroup, MountPoint, Namespace, OpenFiles, Rights } from '../../shared/isolation'
import type { ContainerProcess } from '../../shared/stats'
import { api, useWatchFor } from '../api'

/** What isolates a running container. Each part is undefined until it has been read, and while the container stops. */
export function useIsolation(container: () => Container) {
  const namespaces = shallowRef<Namespace[]>()
  const cgroup = shallowRef<Cgroup>()
  const rights = shallowRef<Rights>()
  const mounts = shallowRef<MountPoint[]>()
  const error = shallowRef<BerthError>()
  const visibility = useDocumentVisibility()

  // After a restart, the container has another first process.
  watch(
    () => container().pid,
    () => {
      namespaces.value = undefined
      cgroup.value = undefined
      rights.value = undefined
      mounts.value = undefined
      error.value = undefined
    },
  )
  useWatchFor(() => visibility.value === 'visible' && container().pid > 0 && container().pid, {
    open: (_pid, signal) => api.isolation.watch({ id: container().id }, { signal }),
    onValue: (event) => {
      error.value = undefined
      if (event.type === 'namespaces') namespaces.value = event.namespaces
      else if (event.type === 'cgroup') cgroup.value = event.cgroup
      else if (event.type === 'rights') rights.value = event.rights
      else mounts.value = event.mounts
    },
    failed: (failure) => {
      // The engine reports a moment later that the container has stopped.
      if (failure.code !== 'container.not-running') error.value = failure
    },
  })
  return { namespaces, cgroup, rights, mounts, error }
}
/** What a process has open. @throws BerthError container.process-gone if the process has ended */
export function useOpenFiles(id: string, process: () => ContainerProcess) {
  const open = shallowRef<OpenFiles>()
  const error = shallowRef<BerthError>()
  const visibility = useDocumentVisibility()
  useWatchFor(() => visibility.value === 'visible' && `${process().pid} ${process().start}`, {
    open: (_key, signal) =>
      api.isolation.process({ id, pid: process().pid, start: process().start }, { signal }),
    onValue: (value) => {
      open.value = value
      error.value = undefined
    },
    failed: (failure) => {
      error.value = failure
    },
  })
  return { open, error }
}
