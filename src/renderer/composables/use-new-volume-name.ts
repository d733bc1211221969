import { ref } from 'vue'
import { objectNameSchema } from '../../shared/containers'
import { useEngine } from '../stores/engine'
import { useFieldProblems } from './use-field-problems'
import { useText } from './use-text'

/** The field for the name of a new volume, and what is wrong with it. */
export function useNewVolumeName(suggested: string) {
  const { t } = useText()
  const engine = useEngine()

  const name = ref(suggested)
  const { problem, submittable } = useFieldProblems(
    () => ({ name: name.value }),
    (): { name?: string } => {
      const chosen = name.value.trim()
      if (!objectNameSchema.safeParse(chosen).success) return { name: t('volumes.nameProblem') }
      return engine.volumes.has(chosen) ? { name: t('volumes.nameTaken') } : {}
    },
  )

  return { name, problem, submittable }
}
