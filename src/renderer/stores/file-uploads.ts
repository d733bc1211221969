import { defineStore } from 'pinia'
import { ref } from 'vue'
import { encodeFilePath, joinFilePath } from '../../shared/file-paths'
import type { FileTarget } from '../../shared/files'
import { api, sendUpload } from '../api'
import { targetKey } from '../lib/files'
import type { UploadItem } from '../lib/upload-items'
import { useNotifications } from './notifications'

export interface FileUpload {
  id: number
  /** The key of the container or volume. */
  target: string
  /** How many files there are, and how many have arrived. */
  files: number
  done: number
  /** Bytes. */
  total: number
  sent: number
  /** The file on its way. */
  name: string
}

interface UploadRequest {
  target: FileTarget
  /** The encoded path of the folder. */
  folder: string
  items: readonly UploadItem[]
  /** Whether files with the same names may be replaced. */
  replace: boolean
}

/** The uploads of files into containers and volumes. They continue while the user sees another page. */
export const useFileUploads = defineStore('file-uploads', () => {
  const uploads = ref<FileUpload[]>([])
  const controllers = new Map<number, AbortController>()
  const notifications = useNotifications()
  let next = 0

  function update(id: number, change: Partial<FileUpload>): void {
    uploads.value = uploads.value.map((upload) => (upload.id === id ? { ...upload, ...change } : upload))
  }

  /** Resolves with true when everything has arrived. Shows a failure on the page. */
  async function send({ target, folder, items, replace }: UploadRequest): Promise<boolean> {
    const id = next++
    const controller = new AbortController()
    const { signal } = controller
    const total = items.reduce((sum, { file }) => sum + (file?.size ?? 0), 0)
    const files = items.filter(({ file }) => file !== undefined).length
    controllers.set(id, controller)
    uploads.value = [
      ...uploads.value,
      { id, target: targetKey(target), files, done: 0, total, sent: 0, name: '' },
    ]
    let sent = 0
    let done = 0
    try {
      for (const { path: below, file } of items) {
        const path = joinFilePath(folder, encodeFilePath(below))
        if (file === undefined) {
          await api.files.makeFolder({ target, path, parents: true }, { signal })
          continue
        }
        const before = sent
        update(id, { name: below })
        await sendUpload({
          file,
          open: () =>
            api.files.uploadOpen({ target, path, bytes: file.size, replace, parents: true }, { signal }),
          progress: (bytes) => {
            update(id, { sent: before + bytes })
          },
          signal,
        })
        sent += file.size
        done += 1
        update(id, { sent, done })
      }
      return true
    } catch (error) {
      if (!signal.aborted) notifications.failure(error)
      return false
    } finally {
      controllers.delete(id)
      uploads.value = uploads.value.filter((upload) => upload.id !== id)
    }
  }

  /** Files that have already arrived stay. The file on its way leaves nothing behind. */
  function cancel(id: number): void {
    controllers.get(id)?.abort()
  }

  return { uploads, send, cancel }
})
