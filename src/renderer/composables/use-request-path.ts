import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import type { BerthError } from '../../shared/errors'
import type { PortBinding } from '../../shared/ports'
import type { RequestPath } from '../../shared/stack'
import { api, toBerthError } from '../api'
import { portsTo, shownHops } from '../lib/request-path'
import { useEngine } from '../stores/engine'
import { useMachine } from '../stores/machine'

/** The container and the port whose path the Stack page shows. */
export interface PathChoice {
  id: string
  /** Null for a container that publishes no port. */
  port: PortBinding | null
}

/** The path of a request to the chosen container. Berth reads it again whenever the container or its ports change. */
export function useRequestPath() {
  const engine = useEngine()
  const machine = useMachine()
  const choice = shallowRef<PathChoice>()
  const path = shallowRef<RequestPath>()
  const error = shallowRef<BerthError>()
  const reading = shallowRef<AbortController>()

  const container = computed(() =>
    choice.value === undefined ? undefined : engine.containers.get(choice.value.id),
  )
  const ports = computed(() =>
    container.value === undefined
      ? []
      : portsTo(container.value, engine.containers, engine.forwardsByContainer),
  )
  const hops = computed(() => shownHops(path.value?.hops ?? []))

  /** Shows the path to a container: to its first port, unless `port` is given. */
  function choose(id: string, port?: PortBinding): void {
    path.value = undefined
    error.value = undefined
    choice.value = { id, port: port ?? null }
    if (port === undefined) choice.value = { id, port: ports.value[0]?.binding ?? null }
  }
  function clear(): void {
    reading.value?.abort()
    reading.value = undefined
    choice.value = undefined
    path.value = undefined
    error.value = undefined
  }
  async function read(): Promise<void> {
    reading.value?.abort()
    if (choice.value === undefined) return
    const run = new AbortController()
    reading.value = run
    try {
      const found = await api.stack.path(choice.value, { signal: run.signal })
      if (reading.value !== run) return
      path.value = found
      error.value = undefined
    } catch (failure) {
      if (reading.value === run) error.value = toBerthError(failure)
    } finally {
      if (reading.value === run) reading.value = undefined
    }
  }

  watch(
    () => [
      choice.value,
      container.value?.state,
      container.value?.pid,
      JSON.stringify(ports.value.map(({ binding, state, forward }) => [binding, state, forward?.address])),
      machine.phase,
      engine.live,
    ],
    () => void read(),
  )
  // The container was removed, e.g. with the Docker CLI.
  watch(container, (now, before) => {
    if (before !== undefined && now === undefined && engine.live) clear()
  })
  onScopeDispose(clear)

  return {
    choice,
    container,
    ports,
    hops,
    error,
    isReading: computed(() => reading.value !== undefined),
    choose,
    clear,
    read,
  }
}
