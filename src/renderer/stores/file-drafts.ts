import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import type { ProjectFile } from '../../shared/project-files'
import type { BerthError } from '../../shared/errors'
import { api, toBerthError } from '../api'
import { useUnsaved } from './unsaved'

/** A file of a compose project as a window has it. */
export interface FileDraft {
  /** The file when it was last read or saved. */
  saved: ProjectFile
  /** The user's text. */
  text: string
  /** The file as it is now on disk, if another program has changed it under the user's changes. */
  newer: ProjectFile | undefined
  /** True while there is no readable file on disk. */
  missing: boolean
}

/**
 * The files of compose projects that the user has opened, by path, with texts that are not saved yet. The window keeps
 * them while the user visits other pages. Nothing stores them, because files with variables often hold passwords.
 */
export const useFileDrafts = defineStore('fileDrafts', () => {
  const drafts = ref(new Map<string, FileDraft>())
  const errors = ref(new Map<string, BerthError>())

  function get(path: string): FileDraft | undefined {
    return drafts.value.get(path)
  }
  function error(path: string): BerthError | undefined {
    return errors.value.get(path)
  }
  function isEdited(path: string): boolean {
    const draft = drafts.value.get(path)
    return draft !== undefined && draft.text !== draft.saved.text
  }

  /** The paths of the files with changes that are not saved. */
  const edited = computed(() => [...drafts.value.keys()].filter(isEdited))
  // The drafts survive other pages, but not a reload of the window.
  const unsaved = useUnsaved()
  watch(
    edited,
    (paths) => {
      unsaved.set('compose', paths)
    },
    // The window may close before the next tick.
    { flush: 'sync' },
  )

  /** Takes over what a file is on disk. A text that the user has changed stays, and nothing is replaced by it. */
  function received(path: string, file: ProjectFile): void {
    errors.value.delete(path)
    const draft = drafts.value.get(path)
    if (draft === undefined || !isEdited(path))
      drafts.value.set(path, { saved: file, text: file.text, newer: undefined, missing: false })
    else if (file.version === draft.saved.version || file.text === draft.text)
      Object.assign(draft, { saved: file, newer: undefined, missing: false })
    else Object.assign(draft, { newer: file, missing: false })
  }
  async function load(path: string): Promise<void> {
    try {
      received(path, await api.projectFiles.read({ path }))
    } catch (failure) {
      const reason = toBerthError(failure)
      const draft = drafts.value.get(path)
      if (draft === undefined || !isEdited(path)) {
        drafts.value.delete(path)
        errors.value.set(path, reason)
      } else draft.missing = true
    }
  }
  /** Main reports the version of a file on disk. Null if there is no readable file. */
  async function seen(path: string, version: string | null): Promise<void> {
    const draft = drafts.value.get(path)
    if (version === null || draft === undefined || version !== (draft.newer ?? draft.saved).version)
      await load(path)
  }

  function edit(path: string, text: string): void {
    const draft = drafts.value.get(path)
    if (draft !== undefined) draft.text = text
  }
  /** Replaces the user's text by what is on disk. */
  function discard(path: string): void {
    const draft = drafts.value.get(path)
    if (draft === undefined) return
    const saved = draft.newer ?? draft.saved
    Object.assign(draft, { saved, text: saved.text, newer: undefined })
  }
  /** Keeps the user's text over a file that has changed. From now on, it is compared with the file as it is now. */
  function keepMine(path: string): void {
    const draft = drafts.value.get(path)
    if (draft?.newer !== undefined) Object.assign(draft, { saved: draft.newer, newer: undefined })
  }
  /**
   * Saves the user's text. Only replaces the file that the user's text was compared with.
   * @throws BerthError as `projectFiles.save`
   */
  async function save(path: string): Promise<void> {
    const draft = drafts.value.get(path)
    if (draft === undefined) return
    const { text, saved } = draft
    try {
      const { version } = await api.projectFiles.save({ path, text, version: saved.version })
      Object.assign(draft, { saved: { ...saved, text, version }, newer: undefined, missing: false })
    } catch (failure) {
      const reason = toBerthError(failure)
      // The user sees the other change, also if the watch has not reported it yet.
      if (reason.code === 'compose-file.changed') await load(path)
      throw reason
    }
  }

  return { drafts, edited, get, error, isEdited, load, received, seen, edit, discard, keepMine, save }
})
