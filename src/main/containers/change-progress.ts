import type { ChangeDetail, ChangeStepName } from '../../shared/changes'
import type { ChangeTaskKind } from '../../shared/container-changes'
import type { LayerProgress } from '../../shared/images'
import type { RunningTask } from '../tasks'

/** With this, the work of a run, edit or update reports its progress. */
export interface ChangeProgress {
  /** Aborts when the user cancels the change. The work then undoes what it has done, and throws. */
  readonly signal: AbortSignal
  /** Runs one step and shows it. */
  step<T>(name: ChangeStepName, act: () => Promise<T>): Promise<T>
  layers(layers: LayerProgress[]): void
  /** How much of a folder is copied, while a step runs. */
  bytes(done: number, total: number): void
  /** Adds a line to the log of the change. */
  log(line: string): void
  /** From now on, the user can no longer cancel the change. */
  commit(): void
  /** The old container is back. */
  restored(): void
}

/** The steps that only some changes have. */
const extraSteps: ReadonlySet<ChangeStepName> = new Set(['pull', 'measure', 'copy'])

/**
 * Reports the progress of a change to its task. `planned` is how many steps the change has, without those that only
 * some changes have.
 */
export function changeProgress(
  task: Pick<RunningTask<ChangeTaskKind>, 'detail' | 'progress' | 'log' | 'commit'>,
  { signal, planned }: { signal: AbortSignal; planned: number },
): ChangeProgress {
  let detail: ChangeDetail = { steps: [], layers: [], restored: false }
  const set = (update: Partial<ChangeDetail>): void => {
    detail = { ...detail, ...update }
    task.detail(detail)
    const total = planned + detail.steps.filter(({ name }) => extraSteps.has(name)).length
    const done = detail.steps.filter(({ state }) => state === 'done').length
    task.progress({ done: Math.min(done, total), total, unit: 'steps' })
  }
  return {
    signal,
    step: async (name, act) => {
      const startedAt = Date.now()
      const others = detail.steps
      const show = (state: ChangeDetail['steps'][number]['state'], endedAt: number | null): void => {
        const layers = endedAt === null ? detail.layers : []
        set({ steps: [...others, { name, state, startedAt, endedAt }], layers })
      }
      show('running', null)
      try {
        const result = await act()
        show('done', Date.now())
        return result
      } catch (error) {
        show('failed', Date.now())
        throw error
      }
    },
    layers: (layers) => {
      set({ layers })
    },
    bytes: (done, total) => {
      task.progress({ done: Math.min(done, total), total, unit: 'bytes' })
    },
    log: (line) => {
      void task.log(`${line}\n`)
    },
    commit: () => {
      task.commit()
    },
    restored: () => {
      set({ restored: true })
    },
  }
}
