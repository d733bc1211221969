import { defineAsyncComponent, type Component } from 'vue'
import type { ComposeProject } from '../../../shared/compose'
import { withTexts } from '../../lib/i18n'

interface Section {
  component: Component
  /** What the section gets of the project. */
  props: (project: ComposeProject) => Record<string, unknown>
}

const whole = (project: ComposeProject) => ({ project })

/** The sections of a project's page, in their order. The text `compose.section.NAME` is the title of `NAME`. */
export const projectSections = {
  services: { component: defineAsyncComponent(() => import('./ComposeServices.vue')), props: whole },
  files: {
    component: defineAsyncComponent(() => import('./ProjectFiles.vue')),
    props: ({ folder, files, includes, envFiles }) => ({ folder, files: [...files, ...envFiles], includes }),
  },
  graph: { component: defineAsyncComponent(() => import('./ComposeGraph.vue')), props: whole },
  timeline: {
    component: defineAsyncComponent(
      withTexts('timelines', () => import('../timelines/ProjectTimelines.vue')),
    ),
    props: whole,
  },
  output: { component: defineAsyncComponent(() => import('./ComposeOutput.vue')), props: whole },
} satisfies Record<string, Section>

export type ProjectSection = keyof typeof projectSections
export const projectSectionNames = Object.keys(projectSections) as ProjectSection[]
