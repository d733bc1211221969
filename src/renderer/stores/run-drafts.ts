import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { RunRequest } from '../../shared/run'
import { emptyRunForm, formOf, publishedPort, type RunForm } from '../lib/run-form'

/** How many images Berth suggests because they were used last. */
const keptImages = 10

/** A half-filled form for run or edit. */
export interface RunDraft {
  form: RunForm
  /** The form as the user found it. */
  untouched: string
  /** For an edit: the container's settings and name when the form was filled. */
  base: (RunRequest & { name: string }) | undefined
  /** The last run or edit from this form. */
  changeId: string | undefined
  /** The form as it was when this run or edit began. */
  submitted: string | undefined
}

/**
 * The half-filled forms, by container id. The form for a new container has the id ''. The page keeps them until it
 * closes. Nothing stores them, because variables often hold passwords.
 */
export const useRunDrafts = defineStore('runDrafts', () => {
  const drafts = ref(new Map<string, RunDraft>())
  const recentImages = useStorage<string[]>('berth.run.recentImages', [])

  function put(id: string, form: RunForm, base: RunDraft['base'], changeId?: string): void {
    drafts.value.set(id, { form, untouched: JSON.stringify(form), base, changeId, submitted: undefined })
  }
  /**
   * Prepares the form of a new container. A half-filled form stays, but gets the given image. A new form publishes
   * `port`, if it is not empty.
   */
  function forRun(image: string, port = ''): void {
    const draft = drafts.value.get('')
    if (draft === undefined || (!isTouched('') && image !== ''))
      put('', { ...emptyRunForm(image), ports: port === '' ? [] : [publishedPort(port)] }, undefined)
    else if (image !== '') draft.form.image = image
  }
  /** True if the user has changed the form. */
  function isTouched(id: string): boolean {
    const draft = drafts.value.get(id)
    return draft !== undefined && JSON.stringify(draft.form) !== draft.untouched
  }
  /** Prepares the form of a new container with settings that the user has not typed. */
  function prepareRun(request: RunRequest): void {
    put('', formOf(request), undefined)
  }
  /** Fills the form of a new container, as if the user had typed the settings. */
  function fillRun(request: RunRequest): void {
    put('', emptyRunForm(), undefined)
    const draft = drafts.value.get('')
    if (draft !== undefined) draft.form = formOf(request)
  }
  /** `changeId` is the edit after which the container has these settings. */
  function forEdit(id: string, base: RunRequest & { name: string }, changeId?: string): void {
    put(id, formOf(base), base, changeId)
  }
  /**
   * Updates the form to the container's current settings. A form that the user has changed stays as it is, so that its
   * difference shows what it would revert.
   */
  function refreshEdit(id: string, base: RunRequest & { name: string }): void {
    const draft = drafts.value.get(id)
    if (draft === undefined || JSON.stringify(draft.form) === draft.untouched)
      forEdit(id, base, draft?.changeId)
    else Object.assign(draft, { base, untouched: JSON.stringify(formOf(base)) })
  }
  /** Notes that the form has begun a run or an edit. */
  function submitted(id: string, changeId: string, form: string): void {
    const draft = drafts.value.get(id)
    if (draft !== undefined) Object.assign(draft, { changeId, submitted: form })
  }
  function get(id: string): RunDraft | undefined {
    return drafts.value.get(id)
  }
  function remove(id: string): void {
    drafts.value.delete(id)
  }
  function usedImage(image: string): void {
    recentImages.value = [image, ...recentImages.value.filter((one) => one !== image)].slice(0, keptImages)
  }

  return {
    forRun,
    prepareRun,
    fillRun,
    isTouched,
    forEdit,
    refreshEdit,
    submitted,
    get,
    remove,
    recentImages,
    usedImage,
  }
})
