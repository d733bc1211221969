import { formatBytes } from '../../shared/bytes'
import { median, type ComparisonResult, type Measured } from '../../shared/stack-comparison'
import type { Task, TaskOf } from '../../shared/tasks'
import { stepTime } from './durations'
import { translate } from './i18n'
import { formatUse } from './stats'

export interface ComparedRow {
  key: 'start' | 'memory' | 'disk' | 'kernel' | 'processes'
  label: string
  container: string
  vm: string
  /** The lengths of the bars from 0 to 1. Undefined for a row without numbers. */
  shares?: { container: number; vm: number }
  /** How many times more the VM takes, such as `12 times`. Empty if the values are not numbers, or are similar. */
  factor: string
  /** The single runs, for the tooltip. */
  detail: string
}

/** Formats the time to the first output, such as `320 ms` or `4.1 s`. */
export function formatStart(milliseconds: number): string {
  return milliseconds < 999.5 ? `${String(Math.round(milliseconds))} ms` : stepTime(milliseconds)
}

function numberRow(
  key: ComparedRow['key'],
  { container, vm }: { container: number; vm: number },
  format: (value: number) => string,
  detail = '',
): ComparedRow {
  const most = Math.max(container, vm)
  const times = container === 0 ? 0 : vm / container
  const rounded = times < 10 ? Number(times.toFixed(1)) : Math.round(times)
  return {
    key,
    label: translate(`stack.compare.row.${key}`),
    container: format(container),
    vm: format(vm),
    ...(most === 0 ? {} : { shares: { container: container / most, vm: vm / most } }),
    factor: rounded >= 1.1 ? translate('stack.compare.times', { count: rounded }) : '',
    detail,
  }
}

/** Returns what has been measured, as the rows of a table. */
export function comparedRows({ container, vm }: ComparisonResult): ComparedRow[] {
  const pair = (read: (side: Measured) => number) => ({ container: read(container), vm: read(vm) })
  const runs = (side: Measured) => side.startMs.map(formatStart).join(', ')
  return [
    numberRow(
      'start',
      pair(({ startMs }) => median(startMs)),
      formatStart,
      translate('stack.compare.runs', { container: runs(container), vm: runs(vm) }),
    ),
    numberRow(
      'memory',
      pair(({ memory }) => memory),
      formatUse,
    ),
    numberRow(
      'disk',
      pair(({ disk }) => disk),
      formatBytes,
    ),
    {
      key: 'kernel',
      label: translate('stack.compare.row.kernel'),
      container: container.kernel,
      vm: vm.kernel,
      factor: '',
      detail: '',
    },
    numberRow(
      'processes',
      pair(({ processes }) => processes),
      String,
    ),
  ]
}

/** Returns the newest comparison that runs, and the newest one that has succeeded. `tasks` are sorted, newest first. */
export function comparisonTasks(tasks: readonly Task[]): {
  running: TaskOf<'comparison'> | undefined
  last: TaskOf<'comparison'> | undefined
} {
  const all = tasks.filter((task): task is TaskOf<'comparison'> => task.kind === 'comparison')
  return {
    running: all.find(({ state }) => state === 'running'),
    last: all.find(({ state, result }) => state === 'succeeded' && result !== null),
  }
}
