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

/** Pulls the image that the run dialog needs. The pull is cancelled when the dialog closes. */
function useImagePull() {
  const pulls = usePulls()
  const dialogs = useDialogs()
  const sessionId = ref('')
  const task = computed(() => pulls.find(sessionId.value))
  let closed = false

  onUnmounted(() => {
    closed = true
    if (task.value?.ended === false) void pulls.cancel(sessionId.value)
    else pulls.forget(sessionId.value)
  })

  /**
   * Resolves with true once the image is there, with false if the dialog has closed.
   *
   * @throws BerthError if the image could not be pulled
   */
  async function pull(reference: string): Promise<boolean> {
    sessionId.value = await pulls.start(reference)
    dialogs.show({ name: 'run', image: reference, sessionId: sessionId.value })
    await until(() => task.value?.ended !== false).toBe(true)
    if (task.value?.error) throw task.value.error
    return !closed
  }

  return { task, pull }
}

/** The form of the run dialog: its problems, its submission, and the pull of an image that the engine lacks. */
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
  /** Whether the submission begins with a pull, as far as the window knows. */
  const pullsFirst = computed(() => needsPull(form.value.image.trim(), engine.images.values()))

  /** The message of a field, such as `ports.0.hostPort`. */
  function problem(path: string): string | false {
    const key = problems.problem(path)
    return key === undefined ? false : t(`run.problems.${key}`)
  }

  /** Pulls the image first if the engine lacks it, as `docker run` does. Undefined if the dialog has closed. */
  async function run(request: RunRequest): Promise<{ id: string } | undefined> {
    try {
      return await api.containers.run(request)
    } catch (failure) {
      const isMissing = toBerthError(failure).code === 'image.not-found'
      // No registry finds an image by its id.
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
