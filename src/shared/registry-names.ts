import { z } from 'zod'

const hostname = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i

/**
 * A mirror of Docker Hub as dockerd takes it. It does not start with one that has a user, a query or a fragment (moby,
 * registry/config.go), and while it runs it silently stays with the ones it had.
 */
export const registryMirrorSchema = z.string().refine((text) => {
  // Without the slashes URL would add them, but dockerd would find no host.
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return false
  const { hostname: host, username, password } = new URL(text)
  return host !== '' && username === '' && password === '' && !/[?#@]/.test(text)
}, 'registry-mirror')

/** A registry that is spoken to without TLS: a host, with a port or without, or a network (CIDR). */
export const insecureRegistrySchema = z.string().refine((text) => {
  if (text.includes('/')) return z.union([z.cidrv4(), z.cidrv6()]).safeParse(text).success
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false
  if (bracketed !== undefined) return z.ipv6().safeParse(bracketed).success
  return plain === undefined ? z.ipv6().safeParse(text).success : hostname.test(plain)
}, 'registry-name')
