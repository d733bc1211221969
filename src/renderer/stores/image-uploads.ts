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

/** Sends archives of images to Berth. An upload continues while the user visits other pages. It is shown as a task. */
export const useImageUploads = defineStore('image-uploads', () => {
  const sending = ref(0)
  const notifications = useNotifications()
  const tasks = useTasks()

  // The page reads the file, so a reload would end the upload. Electron would only refuse to close, without a question.
  if (window.berthHost === undefined)
    useEventListener(window, 'beforeunload', (event) => {
      if (sending.value > 0) event.preventDefault()
    })

  async function send({ file, reference }: ImageArchive): Promise<void> {
    const archive = { fileName: file.name, bytes: file.size }
    let opened = false
    // TypeScript does not know that `opened` changes during the upload.
    const isOpen = () => opened
    sending.value += 1
    try {
      await sendUpload({
        file,
        open: async () => {
          const open = api.images
          const upload = await (reference === undefined
            ? open.loadOpen(archive)
            : open.importOpen({ ...archive, reference }))
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
  function start(archive: ImageArchive): void {
    void send(archive)
    tasks.show()
  }

  return { start }
})
