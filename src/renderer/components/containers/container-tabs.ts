import { defineAsyncComponent, type Component } from 'vue'

/** The tabs of a container's page, in their order. Each component gets the container as `container`. */
export const containerTabs = {
  logs: defineAsyncComponent(() => import('../logs/LogView.vue')),
  inspect: defineAsyncComponent(() => import('./ContainerInspect.vue')),
  shell: defineAsyncComponent(() => import('../terminal/TerminalTab.vue')),
} satisfies Record<string, Component>

export type ContainerTab = keyof typeof containerTabs
export const containerTabNames = Object.keys(containerTabs) as ContainerTab[]
