import { z } from 'zod'
import { otherTmpfsOptions } from './read/mounts'

const values = z.record(z.string(), z.unknown())
const bodySchema = z.object({
  Env: z.array(z.string()).nullish(),
  NetworkDisabled: z.boolean().nullish(),
  HostConfig: z
    .looseObject({
      Binds: z.array(z.string()).nullish(),
      Mounts: z
        .array(
          z.looseObject({
            Type: z.string(),
            Target: z.string().optional(),
            BindOptions: values.nullish(),
            VolumeOptions: values.nullish(),
            TmpfsOptions: values.nullish(),
          }),
        )
        .nullish(),
      Tmpfs: z.record(z.string(), z.string()).nullish(),
    })
    .transform((host) => ({ ...host, others: host })),
  NetworkingConfig: z
    .object({
      EndpointsConfig: z
        .record(
          z.string(),
          z.object({
            DriverOpts: values.nullish(),
            GwPriority: z.number().nullish(),
            IPAMConfig: values.nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
})

/** The settings of the host that the form knows, or that describe only the engine or the client. */
const ofTheForm = [
  'AutoRemove',
  'Binds',
  'CapAdd',
  'CapDrop',
  'ConsoleSize',
  'ContainerIDFile',
  'Devices',
  'Dns',
  'ExtraHosts',
  'Init',
  'LogConfig',
  'MaskedPaths',
  'Memory',
  'Mounts',
  'NanoCpus',
  'NetworkMode',
  'PidMode',
  'PidsLimit',
  'PortBindings',
  'Privileged',
  'ReadonlyPaths',
  'ReadonlyRootfs',
  'RestartPolicy',
  'Tmpfs',
]

/** The flags whose names do not follow from the name of the setting. */
const flagNames: Readonly<Record<string, string>> = {
  BlkioDeviceReadBps: 'device-read-bps',
  BlkioDeviceReadIOps: 'device-read-iops',
  BlkioDeviceWriteBps: 'device-write-bps',
  BlkioDeviceWriteIOps: 'device-write-iops',
  CpuRealtimePeriod: 'cpu-rt-period',
  CpuRealtimeRuntime: 'cpu-rt-runtime',
}

/** True if a value differs from the engine's default, which is empty for all settings that are asked for. */
function isSet(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value)
  return Object.values(value).some(isSet)
}

function setKeys(options: Record<string, unknown> | null | undefined, usual: readonly string[]): string[] {
  return Object.entries(options ?? {}).flatMap(([key, value]) =>
    isSet(value) && value !== 'rprivate' && !usual.includes(key) ? [key] : [],
  )
}

/**
 * Names the settings that neither the line nor the compose file has. `known` are the settings of the host that are
 * written besides those of the form. Every other setting with a value is named, so nothing is left out silently.
 */
export function leftOut(body: unknown, known: readonly string[]): string[] {
  const { HostConfig: host, NetworkingConfig, Env, NetworkDisabled } = bodySchema.parse(body)
  const written = [...ofTheForm, ...known]
  const isPlainBind = /^[^:]*:[^:]*(?::(?:ro|rw))?$/
  const mounts = (host.Mounts ?? []).flatMap(({ Type, Target = '', ...mount }) => {
    if (!['bind', 'volume', 'tmpfs'].includes(Type)) return [`mount type=${Type},target=${Target}`]
    const options = [
      // The engine makes the folder for `-v` too.
      ...setKeys(mount.BindOptions, ['CreateMountpoint']),
      ...setKeys(mount.VolumeOptions, []),
      ...setKeys(mount.TmpfsOptions, ['SizeBytes']),
    ]
    return options.length === 0 ? [] : [`mount ${Target} (${options.join(', ')})`]
  })
  const tmpfs = Object.entries(host.Tmpfs ?? {}).flatMap(([path, options]) => {
    const other = otherTmpfsOptions(options)
    return other.length === 0 ? [] : [`tmpfs ${path}:${other.join(',')}`]
  })
  const networks = Object.entries(NetworkingConfig?.EndpointsConfig ?? {}).flatMap(([network, endpoint]) => {
    const { DriverOpts, GwPriority, IPAMConfig } = endpoint
    const options = [
      ...setKeys({ DriverOpts, GwPriority }, []),
      ...setKeys(IPAMConfig, ['IPv4Address', 'IPv6Address']),
    ]
    return options.length === 0 ? [] : [`network ${network} (${options.join(', ')})`]
  })
  return [
    ...(host.Binds ?? []).filter((bind) => !isPlainBind.test(bind)).map((bind) => `volume ${bind}`),
    ...mounts,
    ...tmpfs,
    ...networks,
    // Such an entry removes a variable of the image.
    ...(Env ?? []).filter((entry) => !entry.includes('=')).map((entry) => `env ${entry}`),
    ...(NetworkDisabled === true ? ['network-disabled'] : []),
    ...setKeys(host.others, ['others', ...written]).map(flagName),
  ]
}

function flagName(key: string): string {
  return flagNames[key] ?? key.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
}
