import { useEventListener } from '@vueuse/core'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api, sendUpload } from '../api'
import { useNotifications } from './notifications'
import { useTasks } from './tasks'

export interface ImageArchive {
  file: File
  /** The name of the new image for an import. Undefined to load saved images. */
  reference: string | undefined
}

/**
 * Sends archives of images and volumes to Berth. An upload continues while the user visits other pages. It is shown as
 * a task.
 */
export const useArchiveUploads = defineStore('archive-uploads', () => {
  const sending = ref(0)
  const notifications = useNotifications()
  const tasks = useTasks()

  // The page reads the file, so a reload would end the upload. Electron would only refuse to close, without a question.
  if (window.berthHost === undefined)
    useEventListener(window, 'beforeunload', (event) => {
      if (sending.value > 0) event.preventDefault()
    })

  async function send(file: File, open: () => Promise<{ uploadId: string }>): Promise<void> {
    let opened = false
    // TypeScript does not know that `opened` changes during the upload.
    const isOpen = () => opened
    sending.value += 1
    try {
      await sendUpload({
        file,
        open: async () => {
          const upload = await open()
          opened = true
          return upload
        },
        signal: new AbortController().signal,
      })
    } catch (error) {
      // After its start, the task shows how the upload has ended. Also, the user may have cancelled the task.
      if (!isOpen()) notifications.failure(error)
    } finally {
      sending.value -= 1
    }
  }
  /** Begins to send an archive, and shows its task. */
  function start({ file, reference }: ImageArchive): void {
    const archive = { fileName: file.name, bytes: file.size }
    void send(file, () =>
      reference === undefined
        ? api.images.loadOpen(archive)
        : api.images.importOpen({ ...archive, reference }),
    )
    tasks.show()
  }
  /** Begins to restore a volume from a file, and shows the task. */
  function restore({ file, ...target }: { file: File; to: string; replace: boolean }): void {
    void send(file, () => api.backups.restoreOpen({ ...target, bytes: file.size }))
    tasks.show()
  }

  return { start, restore }
})
