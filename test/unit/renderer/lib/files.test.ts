import { describe, expect, it } from 'vitest'
import { fileIcon, isFile, isFolder, pathSteps, permissions } from '../../../../src/renderer/lib/files'
import type { FileEntry } from '../../../../src/shared/files'

const entry: FileEntry = {
  name: 'name',
  type: 'file',
  mode: 0o644,
  user: 0,
  group: 0,
  size: 1,
  changedAt: '1.000000000',
}

describe('files', () => {
  it('have permissions as `ls` prints them', () => {
    expect(permissions(0o644)).toBe('rw-r--r--')
    expect(permissions(0o4755)).toBe('rwsr-xr-x')
    expect(permissions(0o2644)).toBe('rw-r-Sr--')
    expect(permissions(0o1777)).toBe('rwxrwxrwt')
  })

  it('can be opened if they are files or folders, or links to one, and have not been deleted', () => {
    expect(isFile(entry)).toBe(true)
    expect(isFolder({ ...entry, type: 'folder' })).toBe(true)
    expect(isFolder({ ...entry, type: 'link', linkType: 'folder' })).toBe(true)
    expect(isFile({ ...entry, type: 'link', linkType: 'file' })).toBe(true)
    expect(isFile({ ...entry, type: 'link' })).toBe(false)
    expect(isFile({ ...entry, change: 'deleted' })).toBe(false)
    expect(isFile({ ...entry, type: 'pipe' })).toBe(false)
  })

  it('have an icon by their type and ending', () => {
    expect(fileIcon({ ...entry, name: 'Logo.PNG' })).toBe('i-lucide-file-image')
    expect(fileIcon({ ...entry, name: 'constructor' })).toBe('i-lucide-file')
    expect(fileIcon({ ...entry, type: 'link', linkType: 'folder' })).toBe('i-lucide-folder-symlink')
  })

  it('are reached over the folders of their path', () => {
    expect(pathSteps('/')).toEqual([])
    expect(pathSteps('/etc/app')).toEqual([
      { name: 'etc', path: '/etc' },
      { name: 'app', path: '/etc/app' },
    ])
  })
})
