import type { ContainerGroups } from '../../shared/container-groups'
import type { Container } from '../../shared/containers'
import { projectOf } from './containers'
import { naturalOrder, type TableSection } from './table'

/** A group in the list of containers: the user's own group, or a Compose project. */
export interface ContainerGroup {
  key: string
  kind: 'own' | 'project'
  name: string
  /** All containers of the group, also those that a search hides. */
  members: Container[]
}

/**
 * Returns the groups by key, the user's own groups first. A container in an own group leaves its Compose project. An
 * own group may be empty.
 */
export function groupContainers(
  containers: Iterable<Container>,
  { groups }: Pick<ContainerGroups, 'groups'>,
): Map<string, ContainerGroup> {
  const own = new Map<string, ContainerGroup>()
  const projects = new Map<string, ContainerGroup>()
  const byName = new Map<string, ContainerGroup>()
  for (const { name, containers: names } of groups) {
    const group: ContainerGroup = { key: `own:${name}`, kind: 'own', name, members: [] }
    own.set(group.key, group)
    for (const member of names) byName.set(member, group)
  }
  for (const container of containers) {
    const ownGroup = byName.get(container.name)
    const project = projectOf(container)
    if (ownGroup !== undefined) ownGroup.members.push(container)
    else if (project !== undefined) {
      const key = `project:${project}`
      const group = projects.get(key) ?? { key, kind: 'project', name: project, members: [] }
      projects.set(key, group)
      group.members.push(container)
    }
  }
  const sorted = (some: Map<string, ContainerGroup>) =>
    [...some].sort(([, a], [, b]) => naturalOrder.compare(a.name, b.name))
  return new Map([...sorted(own), ...sorted(projects)])
}

/** The ids of the commands that have a button in the header of a group. */
export function groupButtons({ kind }: Pick<ContainerGroup, 'kind'>): string[] {
  return ['start', 'stop', 'restart', 'remove'].map((name) => `${kind === 'own' ? 'group' : kind}.${name}`)
}

/** The keys of the sections that are no groups. */
const pinnedSection = 'pinned'
const otherSection = 'other'

/**
 * Puts the shown containers into sections: the pinned ones, each group, and the others. A group without a shown
 * container is left out, except the user's own groups while nothing is searched or filtered.
 */
export function containerSections(options: {
  shown: readonly Container[]
  groups: ReadonlyMap<string, ContainerGroup>
  pinned: readonly string[]
  grouped: boolean
  /** True if some containers are hidden. */
  narrowed: boolean
  /** Returns false if the user has folded a section. */
  isOpen: (key: string) => boolean
  otherLabel: string
  groupLabel: (group: ContainerGroup) => string
}): TableSection<Container>[] {
  const { shown, groups, grouped, narrowed, isOpen, otherLabel, groupLabel } = options
  const pinnedNames = new Set(options.pinned)
  const pinned = shown.filter(({ name }) => pinnedNames.has(name))
  const rest = pinned.length === 0 ? shown : shown.filter(({ name }) => !pinnedNames.has(name))
  const top = pinned.length === 0 ? [] : [{ key: pinnedSection, rows: pinned }]
  if (!grouped || groups.size === 0) return [...top, { key: otherSection, rows: rest }]

  const keyOf = new Map<string, string>()
  for (const { key, members } of groups.values()) for (const { id } of members) keyOf.set(id, key)
  const rows = new Map<string, Container[]>()
  for (const container of rest) {
    const key = keyOf.get(container.id) ?? otherSection
    const others = rows.get(key)
    if (others === undefined) rows.set(key, [container])
    else others.push(container)
  }
  const sections = [...groups.values()].flatMap((group): TableSection<Container>[] => {
    const found = rows.get(group.key) ?? []
    const hasPinned = group.members.length > 0 && found.length === 0
    if (found.length === 0 && (narrowed || (group.kind === 'project' && !hasPinned))) return []
    return [{ key: group.key, rows: found, header: { label: groupLabel(group), open: isOpen(group.key) } }]
  })
  const others = rows.get(otherSection) ?? []
  return [
    ...top,
    ...sections,
    ...(others.length === 0
      ? []
      : [{ key: otherSection, rows: others, header: { label: otherLabel, open: isOpen(otherSection) } }]),
  ]
}
