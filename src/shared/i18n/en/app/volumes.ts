export const volumes = {
  column: { name: 'Name', users: 'Used by', driver: 'Driver', created: 'Created' },
  table: 'Volumes',
  search: 'Search volumes',
  create: 'Create volume',
  createTitle: 'Create a volume',
  createText: 'A volume keeps data beyond the life of a container.',
  name: 'Volume name',
  nameProblem:
    'Begin with a letter or digit; then letters, digits, “_”, “.” and “-”. At least two characters.',
  anonymous: 'anonymous',
  unused: 'unused',
  created: 'Volume {name} created',
  removed: 'Volume {name} removed',
  removeTitle: 'Remove volume {name}?',
  removeText: 'Everything stored in it is deleted. This cannot be undone.',
  prune: 'Prune',
  pruneTitle: 'Remove unused volumes?',
  pruneText:
    'No container uses this volume. Everything stored in it is deleted: | No container uses these {count} volumes. Everything stored in them is deleted:',
  pruned:
    'Nothing was removed | {count} volume removed, {bytes} freed | {count} volumes removed, {bytes} freed',
  emptyTitle: 'No volumes yet',
  emptyText:
    'A volume keeps data when its container is removed. Create one here, or name a new one when you run a container.',
}
