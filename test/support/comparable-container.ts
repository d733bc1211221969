import { z } from 'zod'

const record = z.record(z.string(), z.unknown())
const inspectSchema = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  Path: z.string(),
  Args: z.array(z.string()).nullable(),
  Config: record,
  HostConfig: record,
  Mounts: z.array(
    z.looseObject({
      Type: z.string(),
      Name: z.string().optional(),
      Source: z.string().optional(),
      Destination: z.string(),
      RW: z.boolean(),
    }),
  ),
  NetworkSettings: z.looseObject({
    Networks: z.record(
      z.string(),
      z.looseObject({ Aliases: z.array(z.string()).nullish(), IPAMConfig: record.nullish() }),
    ),
  }),
})

/** Removes values that mean the same as their absence. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value)
    .map(([key, one]) => [key, withoutEmpty(one)] as const)
    .filter(
      ([, one]) =>
        one !== null &&
        one !== '' &&
        one !== 0 &&
        one !== false &&
        !(typeof one === 'object' && Object.keys(one).length === 0),
    )
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * The keys that the two notations fill differently. `Path` and `Args` are the entry point and the command, and `Mounts`
 * has all mounts. The attached streams belong to the client.
 */
const otherwiseSaid = {
  config: ['Cmd', 'Entrypoint', 'Volumes', 'StdinOnce', 'AttachStdin', 'AttachStdout', 'AttachStderr'],
  host: ['Binds', 'Mounts', 'Tmpfs', 'ConsoleSize', 'ContainerIDFile', 'RestartPolicy'],
}

function without(values: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)))
}

const texts = z.array(z.string()).nullish()

/**
 * Returns what two containers must have in common if they were made by equal commands: not their ids, names and times,
 * and only once what two notations say in different places. `project` is the compose project of the container.
 */
export function comparable(inspectJson: string, project = ''): unknown {
  const [container] = z.array(inspectSchema).length(1).parse(JSON.parse(inspectJson))
  if (container === undefined) throw new Error('the engine has no such container')
  const { Id, Name, Path, Args, Config, HostConfig, Mounts, NetworkSettings } = container
  const ownName = (network: string) => (project === '' ? network : network.replace(`${project}_`, ''))
  const { Hostname, Env, Labels } = Config
  const { Mounts: mounts, NetworkMode, CapAdd, CapDrop, RestartPolicy } = HostConfig
  const restart = z.object({ Name: z.string(), MaximumRetryCount: z.number() }).parse(RestartPolicy)
  const capabilities = (list: unknown) =>
    (texts.parse(list) ?? []).map((name) => name.replace(/^CAP_/, '')).sort()
  const tmpfs = z
    .array(z.looseObject({ Type: z.string(), Target: z.string(), TmpfsOptions: z.unknown().optional() }))
    .nullish()
    .parse(mounts)
  return withoutEmpty({
    program: [Path, ...(Args ?? [])],
    config: {
      ...without(Config, otherwiseSaid.config),
      Hostname: Hostname === Id.slice(0, 12) ? '' : Hostname,
      Env: (texts.parse(Env) ?? []).sort(),
      Labels: Object.entries(z.record(z.string(), z.string()).nullish().parse(Labels) ?? {})
        .filter(([name]) => !name.startsWith('com.docker.compose.'))
        .sort(),
    },
    host: {
      ...without(HostConfig, otherwiseSaid.host),
      NetworkMode: ownName(z.string().parse(NetworkMode)).replace(/^default$/, 'bridge'),
      CapAdd: capabilities(CapAdd),
      CapDrop: capabilities(CapDrop),
      restart: restart.Name === 'no' ? '' : restart,
    },
    tmpfs: (tmpfs ?? [])
      .filter(({ Type }) => Type === 'tmpfs')
      .map(({ Target, TmpfsOptions }) => ({ Target, TmpfsOptions })),
    mounts: Mounts.map(({ Type, Name: volume = '', Source, Destination, RW }) => ({
      Type,
      Destination,
      RW,
      source: Type === 'bind' ? Source : /^[0-9a-f]{64}$/.test(volume) ? 'anonymous' : volume,
    })).sort((a, b) => (a.Destination < b.Destination ? -1 : 1)),
    networks: Object.entries(NetworkSettings.Networks)
      .map(([network, { Aliases, IPAMConfig }]) => ({
        network: ownName(network),
        // Compose adds the names of the service and of the container.
        aliases: [...new Set(Aliases ?? [])].filter((alias) => alias !== Name.slice(1)).sort(),
        addresses: IPAMConfig,
      }))
      .sort((a, b) => (a.network < b.network ? -1 : 1)),
  })
}
