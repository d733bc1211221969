import { z } from 'zod'
import { berthErrorSchema } from './errors'

/** A certificate authority, read from its certificate. */
export const certificateSchema = z.object({
  pem: z.string(),
  subject: z.string(),
  issuer: z.string(),
  /** Milliseconds since the epoch. */
  expires: z.number(),
  /** The SHA-256 fingerprint. */
  fingerprint: z.string(),
})
export type Certificate = z.infer<typeof certificateSchema>

/** The registry of images whose name does not contain a registry. */
export const dockerHub = 'docker.io'

/** A registry's name: the part before the first slash of an image's name, such as `ghcr.io` or `localhost:5000`. */
export const registryNameSchema = z
  .string()
  .max(255)
  .regex(/^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/, 'registry-name')

/** Finds the registry's name in a typed or pasted address: removes scheme and path. Gives Docker Hub a single name. */
export function registryName(typed: string): string {
  const host = typed
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/.*$/, '')
    .toLowerCase()
  return ['', 'index.docker.io', 'registry-1.docker.io', 'hub.docker.com'].includes(host) ? dockerHub : host
}

/** Finds the registry in an image's name, by the same rule as github.com/distribution/reference. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/')
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first))
  return isRegistry ? registryName(first) : dockerHub
}

/** The password may be an access token. */
export const loginRequestSchema = z.object({
  registry: registryNameSchema,
  username: z.string().min(1).max(255),
  password: z.string().min(1).max(65_536),
})
export type LoginRequest = z.infer<typeof loginRequestSchema>

/** A login to a registry that Berth can use. */
export const loginSchema = z.object({
  registry: z.string(),
  /** Empty for a token without a user name. */
  username: z.string(),
  /** `berth`: Berth's own file. `helper`: the host's credential store. `docker`: the CLI's config.json, read only. */
  keptIn: z.enum(['berth', 'helper', 'docker']),
  /** The credential helper's name, without `docker-credential-`. */
  helper: z.string().optional(),
})
export type Login = z.infer<typeof loginSchema>

export const loginsSchema = z.object({
  logins: z.array(loginSchema),
  /** The credential helper that stores new logins. Absent if Berth stores new logins in its own file. */
  helper: z.string().optional(),
  /** The reasons why Berth could not read some logins. */
  problems: z.array(berthErrorSchema),
})
export type Logins = z.infer<typeof loginsSchema>

const hostname = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i

/**
 * A mirror of Docker Hub that dockerd accepts. If the address of a mirror has a user, a query or a fragment, dockerd
 * does not start (moby, registry/config.go). If dockerd already runs, it silently keeps its previous mirrors instead.
 */
export const registryMirrorSchema = z.string().refine((text) => {
  // `URL` adds missing slashes. dockerd does not add them, and then finds no host in the address.
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return false
  const { hostname: host, username, password } = new URL(text)
  return host !== '' && username === '' && password === '' && !/[?#@]/.test(text)
}, 'registry-mirror')

/** A registry that dockerd may reach without TLS: a host, with or without a port, or a network (CIDR). */
export const insecureRegistrySchema = z.string().refine((text) => {
  if (text.includes('/')) return z.union([z.cidrv4(), z.cidrv6()]).safeParse(text).success
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false
  if (bracketed !== undefined) return z.ipv6().safeParse(bracketed).success
  return plain === undefined ? z.ipv6().safeParse(text).success : hostname.test(plain)
}, 'registry-name')
