import { emptyRunForm, type RunForm } from './run-form'

/** The folded sections of the form, and the fields in each. */
export const runSections = {
  program: ['entrypoint', 'workingDirectory', 'user', 'tty', 'openStdin', 'init', 'platform'],
  health: ['restart', 'autoRemove', 'health'],
  limits: ['cpus', 'memory', 'pids'],
  networks: ['networks', 'hostname', 'extraHosts', 'dns'],
  storage: ['tmpfs', 'devices'],
  rights: ['capAdd', 'capDrop', 'readOnlyRoot', 'privileged', 'hostPid'],
  logs: ['labels', 'logging'],
} as const satisfies Record<string, readonly (keyof RunForm)[]>

export type RunSection = keyof typeof runSections
export const runSectionNames = Object.keys(runSections) as RunSection[]

/** Counts the values that a section holds: every row of a list, and every other field that is not at its default. */
export function valuesIn(section: RunSection, form: RunForm): number {
  const empty = emptyRunForm()
  return runSections[section]
    .map((field) => {
      const value = form[field]
      if (Array.isArray(value)) return value.length
      return JSON.stringify(value) === JSON.stringify(empty[field]) ? 0 : 1
    })
    .reduce((sum, count) => sum + count, 0)
}

/** Returns true if one of the section's fields has a problem. `paths` are field paths such as `networks.0.ipv4`. */
export function hasProblem(section: RunSection, paths: readonly string[]): boolean {
  return paths.some((path) => runSections[section].some((field) => path.split('.')[0] === field))
}
