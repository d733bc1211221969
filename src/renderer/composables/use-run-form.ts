import { until } from '@vueuse/core'
import { computed, onUnmounted, ref, watch } from 'vue'
import { useRouter } from 'vue-router'
import { api } from '../api'
import { shortId } from '../lib/containers'
import { emptyRunForm, toRunRequest, type RunProblems } from '../lib/run-form'
import { useDialogs } from '../stores/dialogs'
import { useEngine } from '../stores/engine'
import { useNotifications } from '../stores/notifications'
import { usePulls } from '../stores/pulls'
import { useSubmit } from './use-actions'
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
  const notifications = useNotifications()
  const { busy, error, submit } = useSubmit()
  const { task: pulling, pull } = useImagePull()

  const form = ref(emptyRunForm(image))
  const problems = ref<RunProblems>({})

  /** The image that the engine lacks. The next submission pulls it first, as `docker run` does. */
  const missing = ref('')
  const pullsFirst = computed(() => missing.value !== '' && missing.value === form.value.image)
  watch(error, (refused) => {
    if (refused?.code === 'image.not-found') missing.value = form.value.image
  })

  // Once a submission has found problems, they are checked again with every input.
  watch(
    form,
    () => {
      if (Object.keys(problems.value).length > 0) problems.value = check()
    },
    { deep: true },
  )
  function check(): RunProblems {
    const result = toRunRequest(form.value)
    return 'problems' in result ? result.problems : {}
  }
  /** The message of a field, such as `ports.0.hostPort`. */
  function problem(path: string): string | false {
    const key = problems.value[path]
    return key === undefined ? false : t(`run.problems.${key}`)
  }

  function start(): void {
    const result = toRunRequest(form.value)
    if ('problems' in result) {
      problems.value = result.problems
      return
    }
    void submit(async () => {
      if (pullsFirst.value && !(await pull(result.request.image))) return
      const { id } = await api.containers.run(result.request)
      const name = result.request.name ?? engine.containers.get(id)?.name ?? shortId(id)
      notifications.success(t('containers.done.run', { name }))
      close()
      await router.push({ name: 'containers' })
    })
  }

  return { form, problem, pullsFirst, pulling, busy, error, start }
}
