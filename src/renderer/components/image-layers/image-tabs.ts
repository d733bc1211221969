import { defineAsyncComponent, type Component } from 'vue'

/** The tabs of an image's page after the overview, in their order. Each component gets the image as `image`. */
export const imageTabs = {
  layers: defineAsyncComponent(() => import('./ImageLayersTab.vue')),
  files: defineAsyncComponent(() => import('./ImageFilesTab.vue')),
  waste: defineAsyncComponent(() => import('./ImageWasteTab.vue')),
  compare: defineAsyncComponent(() => import('./ImageCompareTab.vue')),
} satisfies Record<string, Component>

export const imageTabNames = Object.keys(imageTabs) as (keyof typeof imageTabs)[]
