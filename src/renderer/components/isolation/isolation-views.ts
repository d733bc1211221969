/** The parts of the Isolation tab, in their order. */
export const isolationViews = ['namespaces', 'processes', 'cgroup', 'layers', 'rights'] as const
export type IsolationView = (typeof isolationViews)[number]
