import { defineAsyncComponent, type Component } from 'vue'
import { withTexts } from '../../lib/i18n'

/** The tabs of a container's page, in their order. Each component gets the container as `container`. */
export const containerTabs = {
  summary: defineAsyncComponent(() => import('./ContainerSummary.vue')),
  logs: defineAsyncComponent(() => import('../logs/ContainerLog.vue')),
  processes: defineAsyncComponent(() => import('./ContainerProcesses.vue')),
  isolation: defineAsyncComponent(withTexts('isolation', () => import('../isolation/IsolationTab.vue'))),
  timeline: defineAsyncComponent(withTexts('timelines', () => import('../timelines/TimelineTab.vue'))),
  files: defineAsyncComponent(() => import('../files/ContainerFiles.vue')),
  inspect: defineAsyncComponent(() => import('./ContainerInspect.vue')),
  shell: defineAsyncComponent(() => import('../terminal/TerminalTab.vue')),
} satisfies Record<string, Component>

export type ContainerTab = keyof typeof containerTabs
export const containerTabNames = Object.keys(containerTabs) as ContainerTab[]
