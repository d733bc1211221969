import { z } from 'zod'

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

/** A registry's name as it stands before an image's: `ghcr.io`, `localhost:5000`. */
export const registryServerSchema = z
  .string()
  .trim()
  .max(255)
  .regex(/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i)

/** Docker Hub, under the name that its logins have in the docker CLI's files. */
export const dockerHub = 'https://index.docker.io/v1/'

export const loginRequestSchema = z.object({
  server: z.union([registryServerSchema, z.literal(dockerHub)]),
  username: z.string().min(1).max(255),
  password: z.string().min(1).max(16_384),
})
export type LoginRequest = z.infer<typeof loginRequestSchema>

export const registryLoginSchema = z.object({
  server: z.string(),
  username: z.string(),
  /** Where it is kept: a credential helper of the host, Berth's own file, or the docker CLI's, which Berth only reads. */
  kept: z.enum(['helper', 'berth', 'docker']),
  /** The helper's name. */
  helper: z.string().optional(),
})
export type RegistryLogin = z.infer<typeof registryLoginSchema>
