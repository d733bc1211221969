import { until } from '@vueuse/core'
import { computed, onUnmounted, ref } from 'vue'
import { useRouter } from 'vue-router'
import type { RunRequest } from '../../shared/containers'
import { isImageId } from '../../shared/image-references'
import { api, toBerthError } from '../api'
import { shortId } from '../lib/containers'
import { needsPull } from '../lib/images'
import { emptyRunForm, toRunRequest } from '../lib/run-form'
import { useDialogs } from '../stores/dialogs'
import { useEngine } from '../stores/engine'
import { usePulls } from '../stores/pulls'
import { useSubmit } from './use-actions'
import { useStartNotice } from './use-container-actions'
import { useFieldProblems } from './use-field-problems'
import { useText } from './use-text'

/** Pulls the image that the run dialog needs. Cancels the pull if the user closes the dialog. */
function useImagePull() {
  const pulls = usePulls()
  const dialogs = useDialogs()
  const sessionId = ref('')
  const task = computed(() => pulls.find(sessionId.value))
  let closed = false
  // TypeScript does not know that `closed` may change during an `await`.
  const isClosed = () => closed

  onUnmounted(() => {
    closed = true
    if (task.value?.ended === false) void pulls.cancel(sessionId.value)
    else pulls.forget(sessionId.value)
  })

  /**
   * Resolves with true after the image has been pulled. Resolves with false if the dialog closed before the pull ended.
   *
   * @throws BerthError if the image could not be pulled
   */
  async function pull(reference: string): Promise<boolean> {
    if (isClosed()) return false
    const started = await pulls.start(reference)
    if (isClosed()) {
      await pulls.cancel(started)
      return false
    }
    sessionId.value = started
    dialogs.show({ name: 'run', image: reference, sessionId: started })
    await until(() => task.value?.ended !== false).toBe(true)
    if (task.value?.error) throw task.value.error
    return !isClosed()
  }

  return { task, pull }
}

/** The form of the run dialog, with its problems and its submission. Pulls the image if the engine does not have it. */
export function useRunForm(image: string, close: () => void) {
  const { t } = useText()
  const engine = useEngine()
  const router = useRouter()
  const announceStart = useStartNotice()
  const { busy, error, submit } = useSubmit()
  const { task: pulling, pull } = useImagePull()

  const form = ref(emptyRunForm(image))
  const untouched = JSON.stringify(form.value)
  const filled = computed(() => JSON.stringify(form.value) !== untouched)
  const result = computed(() => toRunRequest(form.value))
  const problems = useFieldProblems(
    () => form.value,
    () => ('problems' in result.value ? result.value.problems : {}),
  )
  /** True if Berth probably has to pull the image first. The store of images may be out of date. */
  const pullsFirst = computed(() => needsPull(form.value.image.trim(), engine.images.values()))

  /** Returns the message for a field, such as `ports.0.hostPort`. Returns false if the field shows no problem. */
  function problem(path: string): string | false {
    const key = problems.problem(path)
    return key === undefined ? false : t(`run.problems.${key}`)
  }

  /** Pulls the image if the engine does not have it, as `docker run` does. Returns undefined if the dialog closed. */
  async function run(request: RunRequest): Promise<{ id: string } | undefined> {
    try {
      return await api.containers.run(request)
    } catch (failure) {
      const isMissing = toBerthError(failure).code === 'image.not-found'
      // A registry cannot find an image by its id, so a pull would fail.
      if (!isMissing || isImageId(request.image)) throw failure
    }
    return (await pull(request.image)) ? api.containers.run(request) : undefined
  }

  function start(): void {
    if (!problems.submittable() || !('request' in result.value)) return
    const { request } = result.value
    void submit(async () => {
      const started = await run(request)
      if (started === undefined) return
      const { id } = started
      const name = request.name ?? engine.containers.get(id)?.name ?? shortId(id)
      void announceStart({ id, name }, undefined)
      close()
      await router.push({ name: 'containers' })
    })
  }

  return { form, filled, problem, pullsFirst, pulling, busy, error, start }
}
