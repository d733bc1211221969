import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef, type ShallowRef } from 'vue'
import type { EngineEvent } from '../../shared/engine'
import { api, connection, useWatch } from '../api'
import { applyEngineEvent, emptyContents, type EnginePart } from '../lib/apply-engine-event'
import { Batch } from '../lib/batch'
import { tagOwners as ownersOf } from '../../shared/outdated'
import { byContainer } from '../lib/ports'

/** In a burst of events, the page shows all events of this many milliseconds together. */
const burstMs = 30

/** Returns a function that publishes the current value, even if the value is a map that was changed in place. */
function publisher<T>(shown: ShallowRef<T>, current: () => T): () => void {
  return () => {
    const value = current()
    if (shown.value === value) triggerRef(shown)
    else shown.value = value
  }
}

/** The engine's objects, and the forwards. One stream of changes keeps them up to date. */
export const useEngine = defineStore('engine', () => {
  const contents = emptyContents()
  const info = shallowRef(contents.info)
  const live = shallowRef(contents.live)
  const containers = shallowRef(contents.containers)
  const images = shallowRef(contents.images)
  const volumes = shallowRef(contents.volumes)
  const networks = shallowRef(contents.networks)
  const forwards = shallowRef(contents.forwards)

  const publish: Record<EnginePart, () => void> = {
    info: publisher(info, () => contents.info),
    live: publisher(live, () => contents.live),
    containers: publisher(containers, () => contents.containers),
    images: publisher(images, () => contents.images),
    volumes: publisher(volumes, () => contents.volumes),
    networks: publisher(networks, () => contents.networks),
    forwards: publisher(forwards, () => contents.forwards),
  }
  const changed = new Batch<EnginePart>(burstMs, (parts) => {
    for (const part of parts) publish[part]()
  })
  function apply(event: EngineEvent): void {
    changed.add(applyEngineEvent(contents, event))
  }

  connection.onChange((status) => {
    if (status !== 'open') apply({ type: 'offline' })
  })
  useWatch((signal) => api.engine.watch(undefined, { signal }), apply)

  const forwardsByContainer = computed(() => byContainer(forwards.value))
  const tagOwners = computed(() => ownersOf(images.value.values()))

  return { info, live, containers, images, volumes, networks, forwardsByContainer, tagOwners }
})
