import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef, type ShallowRef } from 'vue'
import type { EngineEvent } from '../../shared/engine'
import { api, connection, useWatch } from '../api'
import { applyEngineEvent, emptyContents, type EnginePart } from '../lib/apply-engine-event'
import { byContainer } from '../lib/ports'

/** Returns a function that publishes the current value, even if the value is a map that was changed in place. */
function publisher<T>(shown: ShallowRef<T>, current: () => T): () => void {
  return () => {
    const value = current()
    if (shown.value === value) triggerRef(shown)
    else shown.value = value
  }
}

/** The containers, images, volumes and forwards of the engine. One stream of changes keeps them up to date. */
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
