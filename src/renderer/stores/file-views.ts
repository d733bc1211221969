import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { FileTarget } from '../../shared/files'
import { targetKey } from '../lib/files'

export interface FileView {
  /** The encoded path of the folder. */
  folder: string
  /** The encoded path of the open file. */
  file: string | undefined
}

/** The folder and file that the user has last seen in each container and volume. */
export const useFileViews = defineStore('file-views', () => {
  const views = ref(new Map<string, FileView>())

  function view(target: FileTarget): FileView {
    return views.value.get(targetKey(target)) ?? { folder: '/', file: undefined }
  }
  function show(target: FileTarget, shown: FileView): void {
    views.value.set(targetKey(target), shown)
  }

  return { view, show }
})
