import { useStorage } from '@vueuse/core'
import { computed } from 'vue'
import { isActive, type Container } from '../../shared/containers'
import { containerSections, groupContainers } from '../lib/container-groups'
import type { TableSection } from '../lib/table'
import { useContainerGroups } from '../stores/container-groups'
import { useText } from './use-text'

/**
 * The sections of the list of containers. The browser's storage keeps which sections are folded, because that is a
 * choice of this view. Berth itself keeps the groups, so that all windows show the same ones.
 */
export function useContainerSections(all: () => readonly Container[]) {
  const { t } = useText()
  const store = useContainerGroups()
  const grouped = useStorage('berth.containers.grouped', true)
  const folded = useStorage<string[]>('berth.containers.folded', [])
  const groups = computed(() => groupContainers(all(), store.current))

  /** Puts the shown containers into sections. A search opens all sections, so that its results are visible. */
  function sectionsOf(shown: readonly Container[], searching: boolean): TableSection<Container>[] {
    return containerSections({
      shown,
      groups: groups.value,
      pinned: store.current.pinned,
      grouped: grouped.value,
      // Without any container, the page explains what to do, in place of empty groups.
      narrowed: shown.length < all().length || shown.length === 0,
      isOpen: (key) => searching || !folded.value.includes(key),
      otherLabel: t('bulk.otherContainers'),
      groupLabel: ({ name, members }) =>
        t('bulk.groupLabel', { name, running: members.filter(isActive).length, count: members.length }),
    })
  }
  function fold(key: string): void {
    folded.value = folded.value.includes(key)
      ? folded.value.filter((other) => other !== key)
      : [...folded.value, key]
  }

  return { grouped, groups, sectionsOf, fold }
}
