import { useEventListener } from '@vueuse/core'
import { computed, ref, type Ref } from 'vue'
import { droppedItems, type UploadItem } from '../lib/upload-items'

/**
 * Takes the files and folders that the user drops on `root`. `isDragging` is true while the user drags some over
 * `root`.
 */
export function useFileDrop(
  root: Readonly<Ref<HTMLElement | null>>,
  { accepts, dropped }: { accepts: () => boolean; dropped: (items: UploadItem[]) => Promise<void> },
) {
  /** How many elements inside of `root` the pointer has entered and not left. */
  const depth = ref(0)

  function isAccepted({ dataTransfer }: DragEvent): boolean {
    return accepts() && (dataTransfer?.types.includes('Files') ?? false)
  }
  async function take(data: DataTransfer): Promise<void> {
    await dropped(await droppedItems(data))
  }
  useEventListener(root, 'dragenter', (event) => {
    if (isAccepted(event)) depth.value++
  })
  useEventListener(root, 'dragleave', () => {
    depth.value = Math.max(0, depth.value - 1)
  })
  useEventListener(root, 'dragover', (event) => {
    if (isAccepted(event)) event.preventDefault()
  })
  useEventListener(root, 'drop', (event) => {
    event.preventDefault()
    depth.value = 0
    if (event.dataTransfer !== null) void take(event.dataTransfer)
  })

  return { isDragging: computed(() => depth.value > 0) }
}
