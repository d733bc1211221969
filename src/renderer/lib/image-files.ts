import type { LayerDeed, LayerEntryType } from '../../shared/image-layers'

const typeIcons: Readonly<Record<LayerEntryType, string>> = {
  file: 'i-lucide-file',
  folder: 'i-lucide-folder',
  link: 'i-lucide-file-symlink',
  pipe: 'i-lucide-git-commit-horizontal',
  socket: 'i-lucide-plug',
  block: 'i-lucide-hard-drive',
  character: 'i-lucide-terminal',
  removed: 'i-lucide-trash-2',
}

export function layerEntryIcon(type: LayerEntryType): string {
  return typeIcons[type]
}

const deedIcons: Readonly<Record<LayerDeed, string>> = {
  added: 'i-lucide-plus',
  changed: 'i-lucide-pencil',
  removed: 'i-lucide-trash-2',
  replaced: 'i-lucide-folder-plus',
  kept: 'i-lucide-minus',
}

export function deedIcon(deed: LayerDeed): string {
  return deedIcons[deed]
}

/** The colour of a change. The icon and the text tell the same. */
export function deedClass(deed: LayerDeed): string {
  if (deed === 'removed') return 'text-error'
  return deed === 'added' ? 'text-success' : 'text-muted'
}
