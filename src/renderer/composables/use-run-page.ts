import { useAsyncState, watchDebounced } from '@vueuse/core'
import { computed, onUnmounted, ref, shallowRef, watch } from 'vue'
import { useRouter } from 'vue-router'
import type { BerthError } from '../../shared/errors'
import { api, toBerthError } from '../api'
import { needsPull } from '../lib/images'
import { emptyRunForm, type RunForm, toRunRequest } from '../lib/run-form'
import { specDiff } from '../lib/spec-diff'
import { useContainerChanges } from '../stores/container-changes'
import { useDialogs } from '../stores/dialogs'
import { useEngine } from '../stores/engine'
import { type RunDraft, useRunDrafts } from '../stores/run-drafts'
import { useSubmit } from './use-actions'
import { useFieldProblems } from './use-field-problems'
import { useText } from './use-text'

/** How long to wait after the last input before main is asked for the new body, in milliseconds. */
const previewPauseMs = 300

/**
 * The form for run and edit. `id` is the container to edit; empty for a new container. `image` is the initial image of
 * a new container, and `port` its port to publish.
 */
export function useRunPage({ id, image, port }: { id: string; image: string; port: string }) {
  const { t } = useText()
  const engine = useEngine()
  const dialogs = useDialogs()
  const router = useRouter()
  const drafts = useRunDrafts()
  const changes = useContainerChanges()
  const { busy, error, submit } = useSubmit()
  const isEdit = id !== ''

  /** True if there is a form, and an edit is replacing or has replaced the container. Then there is nothing to read. */
  function isReplaced(): boolean {
    const draft = drafts.get(id)
    const last = changes.find(draft?.changeId)
    const isDone = last?.state === 'succeeded' && last.containerId !== id
    return draft !== undefined && (isDone || last?.state === 'running' || changes.running(id) !== undefined)
  }
  /** Reads the settings even if there is a form, because somebody may have changed the container since then. */
  async function load(): Promise<void> {
    if (isReplaced() || changes.running(id) !== undefined) return
    const { request } = await api.changes.editable({ id })
    if (!isReplaced()) drafts.refreshEdit(id, request)
  }
  const loadError = shallowRef<BerthError>()
  if (!isEdit) {
    if (hasSucceeded(drafts.get(''))) drafts.remove('')
    drafts.forRun(image, port)
  }
  /** True if the form has run a container and the user has not changed it since. */
  function hasSucceeded(draft: RunDraft | undefined): boolean {
    return (
      draft !== undefined &&
      changes.find(draft.changeId)?.state === 'succeeded' &&
      JSON.stringify(draft.form) === draft.submitted
    )
  }
  const { execute: reload } = useAsyncState(
    async () => {
      loadError.value = undefined
      if (isEdit) await load()
    },
    undefined,
    {
      onError: (failure) => {
        // A form stays visible while the engine is offline. It is read again when the engine is back.
        if (engine.live || drafts.get(id) === undefined) loadError.value = toBerthError(failure)
      },
    },
  )
  watch(
    () => engine.live,
    (live) => {
      if (live) void reload()
    },
  )

  const draft = computed(() => drafts.get(id))
  const form = computed<RunForm | undefined>(() => draft.value?.form)
  const result = computed(() => toRunRequest(form.value ?? emptyRunForm()))
  const request = computed(() => ('request' in result.value ? result.value.request : undefined))
  const touched = computed(() => JSON.stringify(form.value) !== draft.value?.untouched)
  const problems = useFieldProblems(
    () => form.value ?? {},
    () => ('problems' in result.value && form.value !== undefined ? result.value.problems : {}),
  )
  const problemPaths = computed(() => ('problems' in result.value ? Object.keys(result.value.problems) : []))
  /** Returns the message for a field, such as `ports.0.hostPort`. Returns false if the field shows no problem. */
  function problem(path: string): string | false {
    const key = problems.problem(path)
    return key === undefined ? false : t(`run.problems.${key}`)
  }

  /** True if Berth probably has to pull the image first. The store of images may be out of date. */
  const pullsFirst = computed(() => {
    const reference = form.value?.image.trim() ?? ''
    return draft.value?.base?.image !== reference && needsPull(reference, engine.images.values())
  })
  const diff = computed(() => {
    const base = draft.value?.base
    if (base === undefined || request.value === undefined) return []
    return specDiff(base, request.value, { on: t('run.on'), off: t('run.off'), none: t('run.none') })
  })

  /** An edit or update that this form has not begun: another window has, or this window before a reload. */
  const foreign = ref<string>()
  watch(
    () => (isEdit ? changes.running(id)?.id : undefined),
    (changeId) => {
      if (changeId !== undefined && changeId !== draft.value?.changeId) foreign.value = changeId
    },
    { immediate: true },
  )
  const changeId = computed(() => foreign.value ?? draft.value?.changeId)
  const change = computed(() => changes.find(changeId.value))
  const running = computed(() => change.value?.state === 'running')
  watch(
    changeId,
    (shown) => {
      if (shown !== undefined) changes.see(shown)
    },
    { immediate: true },
  )
  onUnmounted(() => {
    if (changeId.value !== undefined) changes.leave(changeId.value)
  })
  /** The new container has another id, so its form has another page. That page starts from the new settings. */
  async function follow(containerId: string, doneBy: string | undefined): Promise<void> {
    try {
      const { request: settings } = await api.changes.editable({ id: containerId })
      const typed = foreign.value !== undefined && touched.value ? form.value : undefined
      drafts.remove(id)
      drafts.forEdit(containerId, settings, doneBy)
      const next = drafts.get(containerId)
      if (typed !== undefined && next !== undefined) next.form = typed
      await router.replace({ name: 'container-edit', params: { id: containerId } })
    } catch (failure) {
      loadError.value = toBerthError(failure)
    }
  }
  watch(
    () => change.value?.state,
    (state) => {
      const { containerId = '' } = change.value ?? {}
      if (!isEdit || state === undefined || state === 'running') return
      if (state === 'succeeded' && containerId !== id) void follow(containerId, changeId.value)
      else if (foreign.value !== undefined) void reload()
    },
    { immediate: true },
  )

  /** The bodies of the old and the new container. Undefined until the user asks for them. */
  const preview = shallowRef<{ before: string; after: string }>()
  const previewError = shallowRef<BerthError>()
  const showsJson = shallowRef(false)
  watchDebounced(
    [request, showsJson],
    async ([wanted, shows]) => {
      if (!isEdit || !shows || wanted === undefined) return
      try {
        preview.value = await api.changes.preview({ id, request: wanted })
        previewError.value = undefined
      } catch (failure) {
        previewError.value = toBerthError(failure)
      }
    },
    { debounce: previewPauseMs },
  )

  /** Begins the run or the edit. Resolves with false if a field has a problem. */
  async function start(): Promise<boolean> {
    const wanted = request.value
    if (!problems.submittable() || wanted === undefined) return false
    const submitted = JSON.stringify(form.value)
    await submit(async () => {
      const { taskId } = isEdit
        ? await api.changes.edit({ id, request: wanted })
        : await api.changes.run({ request: wanted, sentAt: Date.now() })
      drafts.usedImage(wanted.image)
      foreign.value = undefined
      drafts.submitted(id, taskId, submitted)
    })
    return true
  }

  /** Empties the form, or fills it from the container again. Asks first if the user has entered something. */
  async function reset(): Promise<void> {
    const question = isEdit
      ? { title: t('run.discardTitle'), text: [t('run.discardText')], confirm: t('run.discard') }
      : { title: t('run.startOverTitle'), text: [t('run.startOverText')], confirm: t('run.startOver') }
    if (touched.value && !(await dialogs.ask({ ...question, refuse: t('form.keep') }))) return
    drafts.remove(id)
    if (isEdit) await reload()
    else drafts.forRun('')
  }

  return {
    isEdit,
    draft,
    form,
    request,
    loadError,
    reload,
    touched,
    problem,
    problemPaths,
    pullsFirst,
    diff,
    change,
    running,
    preview,
    previewError,
    showsJson,
    busy,
    error,
    start,
    reset,
  }
}
