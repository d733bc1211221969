import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef, type ShallowRef } from 'vue'
import type { EngineEvent } from '../../shared/engine'
import { api, connection } from '../api'
import { useWatch } from '../composables/use-watch'
import { byContainer } from '../lib/ports'
import { applyEngineEvent, emptyContents, type EnginePart } from '../lib/engine-contents'

/** Shows the current value; maps are changed in place, so the same object may have to be announced as new. */
function publisher<T>(shown: ShallowRef<T>, current: () => T): () => void {
  return () => {
    const value = current()
    if (shown.value === value) triggerRef(shown)
    else shown.value = value
  }
}

/** What the Docker Engine holds: one stream, applied one object at a time. */
export const useEngine = defineStore('engine', () => {
  const contents = emptyContents()
  const info = shallowRef(contents.info)
  const live = shallowRef(contents.live)
  const containers = shallowRef(contents.containers)
  const images = shallowRef(contents.images)
  const volumes = shallowRef(contents.volumes)
  const forwards = shallowRef(contents.forwards)

  const publish: Record<EnginePart, () => void> = {
    info: publisher(info, () => contents.info),
    live: publisher(live, () => contents.live),
    containers: publisher(containers, () => contents.containers),
    images: publisher(images, () => contents.images),
    volumes: publisher(volumes, () => contents.volumes),
    forwards: publisher(forwards, () => contents.forwards),
  }
  function apply(event: EngineEvent): void {
    for (const part of applyEngineEvent(contents, event)) publish[part]()
  }

  connection.onChange((status) => {
    if (status !== 'open') apply({ type: 'offline' })
  })
  useWatch((signal) => api.engine.watch(undefined, { signal }), apply)

  const forwardsByContainer = computed(() => byContainer(forwards.value))

  return { info, live, containers, images, volumes, forwardsByContainer }
})
