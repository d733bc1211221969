import { z } from 'zod'
import { errorParamsSchema } from '../errors'
import { findings } from './findings'

/** The checks, in the order in which the window shows them. */
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

/** The fixes that the main process applies when the user clicks the button beside a finding. */
const serviceFixes = [
  'start-machine',
  'restart-machine',
  'set-clock',
  'fetch-image',
  'use-other-image',
  'serve-dns',
  'create-context',
  'use-context',
  'replace-credential-store',
] as const
export type ServiceFix = (typeof serviceFixes)[number]
export const serviceFixSchema = z.enum(serviceFixes)

export function isServiceFix(fix: FixAction): fix is ServiceFix {
  return serviceFixes.some((each) => each === fix)
}

/** Every action of the button beside a finding. The window itself handles the actions `open-…`, which show a page. */
export const fixActions = [
  ...serviceFixes,
  'open-disk',
  'open-settings',
  'open-ports',
  'open-repair',
] as const
export type FixAction = (typeof fixActions)[number]

/** The fixes that stop the machine and all its containers. */
export const restartingFixes: readonly ServiceFix[] = ['restart-machine', 'fetch-image', 'use-other-image']

export const checkStatuses = ['ok', 'warning', 'failed', 'skipped'] as const
export type CheckStatus = (typeof checkStatuses)[number]

export const checkResultSchema = z.object({
  check: z.enum(checkIds),
  status: z.enum(checkStatuses),
  /** The texts of the finding are in findings.ts of each language (shared/i18n). */
  finding: z.enum(findings),
  params: errorParamsSchema,
  /** Raw output for experts. It never holds a secret. */
  detail: z.string().optional(),
  fix: z.enum(fixActions).optional(),
  milliseconds: z.number(),
})
export type CheckResult = z.infer<typeof checkResultSchema>
