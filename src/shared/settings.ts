import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { logSettingsSchema } from './logs'
import { networkPortSchema } from './ports'
import { insecureRegistrySchema, registryMirrorSchema } from './registries'

/** The size of the machine. A change takes effect when the machine starts the next time. */
export const machineSettingsSchema = z.object({
  cpus: z.number().int().min(1).max(256),
  memoryMiB: z.number().int().min(1024).max(1_048_576),
  /** The data disk may grow to this size. It never shrinks. */
  diskGiB: z.number().int().min(8).max(8192),
})
export type MachineSettings = z.infer<typeof machineSettingsSchema>

/** A folder of the host that containers may mount. */
export const sharedFolderSchema = z.object({ path: z.string().min(1).max(4096), writable: z.boolean() })
export type SharedFolder = z.infer<typeof sharedFolderSchema>

export const registrySettingsSchema = z.object({
  mirrors: z.array(registryMirrorSchema),
  /** Registries that dockerd may reach without TLS, or without verifying their certificate. */
  insecure: z.array(insecureRegistrySchema),
  /** Certificate authorities (PEM) that dockerd trusts for every registry. */
  certificates: z.array(
    z.object({ name: z.string().min(1), pem: z.string().startsWith('-----BEGIN CERTIFICATE') }),
  ),
})
export type RegistrySettings = z.infer<typeof registrySettingsSchema>

const proxyAddress = z.union([z.literal(''), z.url({ protocol: /^(?:https?|socks5h?)$/ })])

export const proxySettingsSchema = z.object({
  /** `system` uses the host's own proxy. */
  mode: z.enum(['system', 'manual', 'none']),
  /** Berth uses `http` and `https` only if `mode` is `manual`. The addresses may contain a user and a password. */
  http: proxyAddress,
  https: proxyAddress,
  /** Hosts that are reached without the proxy, in the syntax of NO_PROXY. */
  exclude: z.array(z.string().regex(/^[\w.*:[\]-]+(?:\/\d{1,3})?$/, 'proxy-exclusion')),
})
export type ProxySettings = z.infer<typeof proxySettingsSchema>

/** One key: a character, or `ctrl-` and a character that has a control code. */
const detachKey = String.raw`(?:[!-+\--~]|ctrl-[a-z@[\\\]^_])`

export const settingsSchema = z.object({
  machine: machineSettingsSchema,
  sharedFolders: z.array(sharedFolderSchema),
  registries: registrySettingsSchema,
  proxy: proxySettingsSchema,
  /** Name servers. If the list is empty, Berth resolves names with the host's own resolver. */
  dns: z.object({ servers: z.array(z.union([z.ipv4(), z.ipv6()])) }),
  /** The user's daemon.json. Its options override those of `registries` and `proxy`. */
  daemon: z.record(z.string(), z.json()),
  power: z.object({
    /** After this many minutes without a running container or a request, the machine pauses. 0 means never. */
    pauseAfterMinutes: z.number().int().min(0).max(1440),
    /** Suspends the machine when Berth quits, and resumes it at the next start, if the accelerator supports this. */
    suspendOnQuit: z.boolean(),
  }),
  /** Published ports that the user has opened to the local network, although the container has not requested this. */
  networkPorts: z.array(networkPortSchema),
  docker: z.object({
    /** Keeps a docker context `berth` for the host's own Docker CLI. */
    context: z.boolean(),
    /** Makes that context the current one. */
    useContext: z.boolean(),
  }),
  logs: logSettingsSchema,
  terminal: z.object({
    /** Keys that detach the view from a container's shell, like docker's `--detach-keys`. Empty: none. */
    detachKeys: z
      .string()
      .max(100)
      .regex(new RegExp(`^(?:${detachKey}(?:,${detachKey})*)?$`), 'detach-keys'),
  }),
})
export type Settings = z.infer<typeof settingsSchema>

/** Each section in a patch replaces the whole stored section. */
export const settingsPatchSchema = settingsSchema.partial()
export type SettingsPatch = z.infer<typeof settingsPatchSchema>

/** Changed settings that take effect only after a restart of the machine or of the engine. */
export const pendingChangeSchema = z.object({
  scope: z.enum(['machine', 'engine']),
  /** Names of machine settings, keys of daemon.json, or `certificates`. */
  keys: z.array(z.string()),
  /** True if running containers keep running during the restart. */
  keepsContainers: z.boolean(),
})
export type PendingChange = z.infer<typeof pendingChangeSchema>

export const settingsStateSchema = z.object({
  settings: settingsSchema,
  defaults: settingsSchema,
  /** The host's CPUs and memory, and the current size of the data disk. */
  limits: z.object({ cpus: z.number(), memoryMiB: z.number(), leastDiskGiB: z.number() }),
  /** Changed settings that are not in effect yet. */
  pending: pendingChangeSchema.optional(),
  /** The proxy that the machine uses, without passwords. */
  proxy: z.object({ http: z.string(), https: z.string(), exclude: z.array(z.string()) }).optional(),
  /** The reason why Berth could not use settings.json. Berth has kept a copy of the old file beside the new file. */
  problem: berthErrorSchema.optional(),
})
export type SettingsState = z.infer<typeof settingsStateSchema>
