import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { networkPortSchema } from './ports'
import { insecureRegistrySchema, registryMirrorSchema } from './registry-names'

/** The size of the machine; a change takes effect at its next start. */
export const machineSettingsSchema = z.object({
  cpus: z.number().int().min(1).max(256),
  memoryMiB: z.number().int().min(1024).max(1_048_576),
  /** What the data disk may grow to. It never shrinks. */
  diskGiB: z.number().int().min(8).max(8192),
})
export type MachineSettings = z.infer<typeof machineSettingsSchema>

/** A folder of the host that containers may mount. */
export const sharedFolderSchema = z.object({ path: z.string().min(1).max(4096), writable: z.boolean() })
export type SharedFolder = z.infer<typeof sharedFolderSchema>

export const registrySettingsSchema = z.object({
  mirrors: z.array(registryMirrorSchema),
  /** Registries that are spoken to without TLS or whose certificate is not checked. */
  insecure: z.array(insecureRegistrySchema),
  /** Certificate authorities, PEM, that all registries may be signed by. */
  certificates: z.array(
    z.object({ name: z.string().min(1), pem: z.string().startsWith('-----BEGIN CERTIFICATE') }),
  ),
})
export type RegistrySettings = z.infer<typeof registrySettingsSchema>

const proxyAddress = z.union([z.literal(''), z.url({ protocol: /^(?:https?|socks5h?)$/ })])

export const proxySettingsSchema = z.object({
  /** `system` takes the host's own. */
  mode: z.enum(['system', 'manual', 'none']),
  /** Used in `manual` only; they may carry a user and a password. */
  http: proxyAddress,
  https: proxyAddress,
  /** As in NO_PROXY. */
  exclude: z.array(z.string().regex(/^[\w.*:[\]-]+(?:\/\d{1,3})?$/, 'proxy-exclusion')),
})
export type ProxySettings = z.infer<typeof proxySettingsSchema>

export const settingsSchema = z.object({
  machine: machineSettingsSchema,
  sharedFolders: z.array(sharedFolderSchema),
  registries: registrySettingsSchema,
  proxy: proxySettingsSchema,
  /** Name servers; none means those of the host, whatever they are at the moment. */
  dns: z.object({ servers: z.array(z.union([z.ipv4(), z.ipv6()])) }),
  /** dockerd's own daemon.json: what is set here goes before what the other settings say. */
  daemon: z.record(z.string(), z.json()),
  power: z.object({
    /** Minutes without a running container and without a request until the machine pauses; 0 is never. */
    pauseAfterMinutes: z.number().int().min(0).max(1440),
    /** Keep the machine's state on quit and go on from it, where the accelerator can. */
    suspendOnQuit: z.boolean(),
  }),
  /** Published ports that the local network may reach, though their container did not ask for it. */
  networkPorts: z.array(networkPortSchema),
  docker: z.object({
    /** Keep a docker context `berth` for the host's own docker CLI. */
    context: z.boolean(),
    /** Make that context the current one. */
    useContext: z.boolean(),
  }),
})
export type Settings = z.infer<typeof settingsSchema>

/** Sections that are named replace the whole section. */
export const settingsPatchSchema = settingsSchema.partial()
export type SettingsPatch = z.infer<typeof settingsPatchSchema>

/** What a restart would change, and of what. */
export const pendingChangeSchema = z.object({
  scope: z.enum(['machine', 'engine']),
  /** Names of machine settings, keys of daemon.json, or `certificates`. */
  keys: z.array(z.string()),
  /** Containers that run go on running meanwhile. */
  keepsContainers: z.boolean(),
})
export type PendingChange = z.infer<typeof pendingChangeSchema>

export const settingsStateSchema = z.object({
  settings: settingsSchema,
  defaults: settingsSchema,
  /** What this host has at most, and the size that the data disk has already. */
  limits: z.object({ cpus: z.number(), memoryMiB: z.number(), leastDiskGiB: z.number() }),
  /** What is set but does not hold yet. */
  pending: pendingChangeSchema.optional(),
  /** The proxy that the machine is given, without passwords. */
  proxy: z.object({ http: z.string(), https: z.string(), exclude: z.array(z.string()) }).optional(),
  /** Why the file that was found could not be used; it is kept beside the new one. */
  problem: berthErrorSchema.optional(),
})
export type SettingsState = z.infer<typeof settingsStateSchema>
