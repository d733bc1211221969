export const volumes = {
  column: { name: 'Name', users: 'Used by', driver: 'Driver', created: 'Created' },
  table: 'Volumes',
  search: 'Search volumes',
  create: 'Create volume',
  createTitle: 'Create a volume',
  createText: 'A volume keeps its data when a container is removed.',
  name: 'Volume name',
  nameProblem:
    'Start with a letter or digit, followed by letters, digits, “_”, “.” or “-”. At least two characters.',
  anonymous: 'anonymous',
  unused: 'unused',
  created: 'Volume {name} created',
  removed: 'Volume {name} removed',
  removeTitle: 'Remove volume {name}?',
  removeText: 'All data in it is deleted. This cannot be undone.',
  prune: 'Prune',
  pruneTitle: 'Remove unused volumes?',
  pruneText:
    'No container uses this volume. All data in it is deleted: | No container uses these {count} volumes. All data in them is deleted:',
  pruned:
    'Nothing was removed | {count} volume removed, {bytes} freed | {count} volumes removed, {bytes} freed',
  emptyTitle: 'No volumes yet',
  emptyText:
    'A volume keeps data when its container is removed. Create one here, or name a new one when you run a container.',
}
