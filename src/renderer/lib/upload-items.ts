/** A file or a folder to upload. A folder's contents are items of their own. */
export interface UploadItem {
  /** The path below the folder of the upload, with slashes. */
  path: string
  /** Undefined for a folder. */
  file: File | undefined
}

function entryFile(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject)
  })
}

async function entryChildren(entry: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = entry.createReader()
  const children: FileSystemEntry[] = []
  for (;;) {
    // The browser returns at most 100 entries at a time.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject)
    })
    if (batch.length === 0) return children
    children.push(...batch)
  }
}

function isFileEntry(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}
function isFolderEntry(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}

async function collect(entry: FileSystemEntry, path: string): Promise<UploadItem[]> {
  if (isFileEntry(entry)) return [{ path, file: await entryFile(entry) }]
  if (!isFolderEntry(entry)) return []
  const items: UploadItem[] = [{ path, file: undefined }]
  for (const child of await entryChildren(entry))
    items.push(...(await collect(child, `${path}/${child.name}`)))
  return items
}

/** The files and folders of a drop. Call this in the event's handler: the browser clears the data afterwards. */
export async function droppedItems(data: DataTransfer): Promise<UploadItem[]> {
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  const items = await Promise.all(entries.map((entry) => collect(entry, entry.name)))
  return items.flat()
}

/** The files that the user has chosen in a file dialog. In a folder dialog, each file knows its path. */
export function chosenItems(files: Iterable<File>): UploadItem[] {
  return [...files].map((file) => ({
    path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
    file,
  }))
}
