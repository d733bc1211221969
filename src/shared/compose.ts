import { z } from 'zod'
import { berthErrorSchema } from './errors'

/** The names under which compose looks for its file in a folder, in the order of compose. */
export const projectFileNames = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
] as const

/** The labels with which compose marks its containers, networks and volumes. */
export const composeLabels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  folder: 'com.docker.compose.project.working_dir',
  files: 'com.docker.compose.project.config_files',
  envFiles: 'com.docker.compose.project.environment_file',
  dependsOn: 'com.docker.compose.depends_on',
  /** `True` for a container of `docker compose run`. */
  oneOff: 'com.docker.compose.oneoff',
} as const

/** Compose's own rule for the name of a project (compose-go, loader.NormalizeProjectName). */
export const composeNamePattern = /^[a-z0-9][a-z0-9_-]*$/

/** Compose's own rule for the name of a service (compose-spec.json). */
const serviceNameSchema = z
  .string()
  .max(255)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/)

/** The name of a project as a label has it. Any program can write this label, so it may have any characters. */
export const projectNameSchema = z.string().min(1).max(4096)

/** A path on this computer. `~` means the user's folder. */
const pathSchema = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\0]*$/)

/** The name of a profile, by compose's own rule. */
const profileSchema = z
  .string()
  .max(255)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/)

/** The files and profiles that every action on a project uses. */
export const composeSetupSchema = z.object({
  /** In the order in which compose merges them. Empty for the file that compose finds in the project's folder. */
  files: z.array(pathSchema).max(50),
  /** Replace the file `.env`. */
  envFiles: z.array(pathSchema).max(50),
  profiles: z.array(profileSchema).max(100),
})
export type ComposeSetup = z.infer<typeof composeSetupSchema>

/** A project that the engine knows by its containers, or that the user has opened. */
export const composeProjectSchema = z.object({
  name: z.string(),
  /** The project's folder on this computer. Empty if no label names it. */
  folder: z.string(),
  /** The files that compose reads, as paths on this computer. */
  files: z.array(z.string()),
  /** The files that these files include, or that their services extend. */
  includes: z.array(z.string()),
  envFiles: z.array(z.string()),
  profiles: z.array(z.string()),
  /** True if the user has opened the project, or has changed its files. Berth then lists it without containers too. */
  opened: z.boolean(),
  /** Why compose cannot read the project's files. Actions that need the files are then off. */
  problem: berthErrorSchema.nullable(),
})
export type ComposeProject = z.infer<typeof composeProjectSchema>

export const composeConditions = [
  'service_started',
  'service_healthy',
  'service_completed_successfully',
] as const
export type ComposeCondition = (typeof composeConditions)[number]

export const composeDependencySchema = z.object({
  service: z.string(),
  condition: z.enum(composeConditions),
})
export type ComposeDependency = z.infer<typeof composeDependencySchema>

/** A service as the project's files describe it. */
export const composeServiceSchema = z.object({
  name: z.string(),
  /** Empty if compose names the image itself, because it builds it. */
  image: z.string(),
  /** True if the files say how to build the image. */
  builds: z.boolean(),
  /** True if the files say which changes of files `watch` follows. */
  watches: z.boolean(),
  replicas: z.number().int().nonnegative(),
  /** False if `up` would not start the service, because its profiles are not active. */
  active: z.boolean(),
  profiles: z.array(z.string()),
  dependsOn: z.array(composeDependencySchema),
})
export type ComposeService = z.infer<typeof composeServiceSchema>

/** What `docker compose config` says about a project's files. */
export const composeCheckSchema = z.object({
  /** All services, by name. Null if the files are not valid. */
  services: z.array(composeServiceSchema).nullable(),
  /** Why the files cannot be used. */
  error: berthErrorSchema.nullable(),
})
export type ComposeCheck = z.infer<typeof composeCheckSchema>

/** Empty for all services. */
const services = z.array(serviceNameSchema).max(1000)

export const composeActionNames = [
  'up',
  'down',
  'start',
  'stop',
  'restart',
  'pull',
  'build',
  'scale',
  'watch',
] as const
export type ComposeActionName = (typeof composeActionNames)[number]

/** The most containers of one service. */
export const mostReplicas = 1000

export const composeActionSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('up'),
    services,
    build: z.boolean(),
    /** When compose pulls an image. `policy`: as the files say. */
    pull: z.enum(['policy', 'always', 'missing', 'never']),
    /** Replaces the containers even if nothing has changed. */
    recreate: z.boolean(),
    /** Removes the containers of services that the files no longer have. */
    removeOrphans: z.boolean(),
  }),
  z.object({
    action: z.literal('down'),
    /** Removes the volumes of the project too. */
    volumes: z.boolean(),
    /** Removes the images of the services too. */
    images: z.boolean(),
  }),
  ...(['start', 'stop', 'restart', 'pull', 'build', 'watch'] as const).map((action) =>
    z.object({ action: z.literal(action), services }),
  ),
  z.object({
    action: z.literal('scale'),
    service: serviceNameSchema,
    replicas: z.number().int().min(0).max(mostReplicas),
  }),
])

export type ComposeAction = z.infer<typeof composeActionSchema>

export const composeRunSchema = z.object({ name: projectNameSchema, run: composeActionSchema })
export const composeNameSchema = z.object({ name: projectNameSchema })
export const composeOpenSchema = z.object({ path: pathSchema })
export const composeConfigureSchema = z.object({ name: projectNameSchema, setup: composeSetupSchema })
