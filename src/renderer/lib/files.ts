import type { FileEntry, FileTarget } from '../../shared/files'

/** The key of a container or volume in maps. */
export function targetKey(target: FileTarget): string {
  return target.kind === 'volume' ? `volume ${target.name}` : `container ${target.id}`
}

/** True if the entry can be opened as a folder: it is one, or a link that leads to one. */
export function isFolder({ type, linkType, change }: FileEntry): boolean {
  return change !== 'deleted' && (type === 'folder' || linkType === 'folder')
}

/** True if the entry can be opened as a file: it is one, or a link that leads to one. */
export function isFile({ type, linkType, change }: FileEntry): boolean {
  return change !== 'deleted' && (type === 'file' || linkType === 'file')
}

/** Formats permissions like `ls -l`, without the type: `rwxr-xr-x`. */
export function permissions(mode: number): string {
  const bits = ['r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'].map((letter, index) =>
    (mode & (0o400 >> index)) === 0 ? '-' : letter,
  )
  const special = (index: number, bit: number, letter: string): void => {
    if ((mode & bit) !== 0) bits[index] = bits[index] === 'x' ? letter : letter.toUpperCase()
  }
  special(2, 0o4000, 's')
  special(5, 0o2000, 's')
  special(8, 0o1000, 't')
  return bits.join('')
}

/** The letters of `docker diff`. */
export const changeMarks = { added: 'A', changed: 'C', deleted: 'D' } as const

/** Milliseconds since the epoch. */
export function changeTime({ changedAt }: Pick<FileEntry, 'changedAt'>): number {
  return Number(changedAt) * 1000
}

const icons = {
  file: 'i-lucide-file',
  folder: 'i-lucide-folder',
  link: 'i-lucide-link-2-off',
  pipe: 'i-lucide-git-commit-horizontal',
  socket: 'i-lucide-plug',
  block: 'i-lucide-hard-drive',
  character: 'i-lucide-terminal',
} as const

const iconsByEnding = new Map<string, string>([
  ['png', 'i-lucide-file-image'],
  ['jpg', 'i-lucide-file-image'],
  ['jpeg', 'i-lucide-file-image'],
  ['gif', 'i-lucide-file-image'],
  ['webp', 'i-lucide-file-image'],
  ['svg', 'i-lucide-file-image'],
  ['gz', 'i-lucide-file-archive'],
  ['tar', 'i-lucide-file-archive'],
  ['zip', 'i-lucide-file-archive'],
  ['json', 'i-lucide-file-braces'],
  ['yml', 'i-lucide-file-text'],
  ['yaml', 'i-lucide-file-text'],
  ['txt', 'i-lucide-file-text'],
  ['md', 'i-lucide-file-text'],
  ['log', 'i-lucide-file-text'],
  ['conf', 'i-lucide-file-cog'],
  ['cfg', 'i-lucide-file-cog'],
  ['ini', 'i-lucide-file-cog'],
  ['sh', 'i-lucide-file-terminal'],
])

/** The icon of an entry. A link has the icon of its target. */
export function fileIcon({ name, type, linkType }: FileEntry): string {
  if (type === 'link' && linkType === 'folder') return 'i-lucide-folder-symlink'
  if (type === 'link' && linkType === 'file') return 'i-lucide-file-symlink'
  if (type !== 'file') return icons[type]
  return iconsByEnding.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase()) ?? icons.file
}

/** The folders on the way to a path, from the root to the path itself. */
export function pathSteps(path: string): { name: string; path: string }[] {
  const names = path.split('/').filter((name) => name !== '')
  return names.map((name, index) => ({ name, path: `/${names.slice(0, index + 1).join('/')}` }))
}
