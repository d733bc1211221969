import { z } from 'zod'
import { errorParamsSchema } from '../errors'
import { findings } from './findings'

/** The checks, in the order in which they are shown. */
export const checkIds = [
  'accelerator',
  'qemu',
  'image',
  'data-disk',
  'space',
  'size',
  'clock',
  'dns',
  'proxy',
  'registry',
  'ports',
  'context',
  'credentials',
  'folders',
  'other-docker',
] as const
export type CheckId = (typeof checkIds)[number]

/** What a button beside a finding does. Those with `open-` show a page. */
export const fixActions = [
  'start-machine',
  'restart-machine',
  'set-clock',
  'fetch-image',
  'use-other-image',
  'serve-dns',
  'create-context',
  'use-context',
  'replace-credential-store',
  'open-disk',
  'open-settings',
  'open-ports',
  'open-repair',
] as const
export type FixAction = (typeof fixActions)[number]

/** Those that Berth itself does; the others are the window's. */
export const serviceFixSchema = z.enum([
  'start-machine',
  'restart-machine',
  'set-clock',
  'fetch-image',
  'use-other-image',
  'serve-dns',
  'create-context',
  'use-context',
  'replace-credential-store',
])
/** Those that stop the machine, and every container with it. */
export const restartingFixes: readonly ServiceFix[] = ['restart-machine', 'fetch-image', 'use-other-image']
export type ServiceFix = z.infer<typeof serviceFixSchema>

export const checkStatuses = ['ok', 'warning', 'failed', 'skipped'] as const
export type CheckStatus = (typeof checkStatuses)[number]

export const checkResultSchema = z.object({
  check: z.enum(checkIds),
  status: z.enum(checkStatuses),
  /** Its texts stand in texts.en.ts and texts.ko.ts. */
  finding: z.enum(findings),
  params: errorParamsSchema,
  /** Raw output for whoever wants to dig. Never a secret. */
  detail: z.string().optional(),
  fix: z.enum(fixActions).optional(),
  milliseconds: z.number(),
})
export type CheckResult = z.infer<typeof checkResultSchema>
