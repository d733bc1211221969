import { z } from 'zod'
import { berthErrorSchema } from './errors'

/** A certificate authority, as its certificate tells. */
export const certificateSchema = z.object({
  pem: z.string(),
  subject: z.string(),
  issuer: z.string(),
  /** Milliseconds since the epoch. */
  expires: z.number(),
  /** SHA-256. */
  fingerprint: z.string(),
})
export type Certificate = z.infer<typeof certificateSchema>

/** What images without a registry in their name come from. */
export const dockerHub = 'docker.io'

/** A registry's name as it stands before the first slash of an image's name: `ghcr.io`, `localhost:5000`. */
export const registryNameSchema = z
  .string()
  .max(255)
  .regex(/^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/, 'registry-name')

/** A name as people type or paste it, as a registry's name: without scheme and path, Docker Hub by its one name. */
export function registryName(typed: string): string {
  const host = typed
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/.*$/, '')
    .toLowerCase()
  return ['', 'index.docker.io', 'registry-1.docker.io', 'hub.docker.com'].includes(host) ? dockerHub : host
}

/** The registry that an image comes from, by the rule of github.com/distribution/reference. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/')
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first))
  return isRegistry ? registryName(first) : dockerHub
}

/** What a login needs. The password may be an access token. */
export const loginRequestSchema = z.object({
  registry: registryNameSchema,
  username: z.string().min(1).max(255),
  password: z.string().min(1).max(65_536),
})
export type LoginRequest = z.infer<typeof loginRequestSchema>

/** A registry that Berth is logged in to. */
export const loginSchema = z.object({
  registry: z.string(),
  /** Empty where it is a token that names nobody. */
  username: z.string(),
  /** `berth`: its own file; `helper`: the host's credential store; `docker`: the docker CLI's config.json, only read. */
  keptIn: z.enum(['berth', 'helper', 'docker']),
  /** The credential helper's name, without `docker-credential-`. */
  helper: z.string().optional(),
})
export type Login = z.infer<typeof loginSchema>

export const loginsSchema = z.object({
  logins: z.array(loginSchema),
  /** The credential helper that a new login goes to; absent when it goes to Berth's own file. */
  helper: z.string().optional(),
  /** Why logins that there may be could not be read. */
  problems: z.array(berthErrorSchema),
})
export type Logins = z.infer<typeof loginsSchema>
