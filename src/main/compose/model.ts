import { z } from 'zod'
import { composeConditions, type ComposeService } from '../../shared/compose'
import { BerthError } from '../../shared/errors'
import type { HostPortRange } from '../ports'
import type { PortBinding } from '../../shared/ports'
import { protocols } from '../../shared/ports'

/**
 * A schema of an object with any keys. zod leaves out the key `__proto__`, but compose in the machine does not. Berth
 * would then check neither the mounts nor the ports of a service with this name, so it refuses the object.
 */
function record<T extends z.ZodType>(value: T) {
  return z
    .unknown()
    .refine((object) => typeof object !== 'object' || object === null || !Object.hasOwn(object, '__proto__'))
    .pipe(z.record(z.string(), value))
}

const fileSchema = z.object({ file: z.string().optional() })
const volumeSchema = z
  .object({ driver: z.string().default(''), driver_opts: record(z.string()).default({}) })
  .nullable()

const serviceSchema = z.object({
  image: z.string().default(''),
  build: z
    .object({
      context: z.string().default(''),
      dockerfile: z.string().default('Dockerfile'),
      dockerfile_inline: z.string().optional(),
      additional_contexts: record(z.string()).default({}),
    })
    .nullish(),
  develop: z.object({ watch: z.array(z.unknown()).nullish() }).nullish(),
  deploy: z.object({ replicas: z.number().optional() }).nullish(),
  scale: z.number().optional(),
  profiles: z.array(z.string()).default([]),
  depends_on: record(z.object({ condition: z.string() })).default({}),
  ports: z
    .array(
      z.looseObject({
        target: z.number(),
        published: z.string().default(''),
        protocol: z.string().default('tcp'),
        host_ip: z.string().default(''),
      }),
    )
    .default([]),
  volumes: z
    .array(
      z.looseObject({ type: z.string(), source: z.string().default(''), target: z.string().default('') }),
    )
    .default([]),
})

/** The parts of compose's model that Berth uses. The rest is compose's own business. */
const modelSchema = z.object({
  name: z.string(),
  services: record(serviceSchema).nullish(),
  volumes: record(volumeSchema).nullish(),
  secrets: record(fileSchema).nullish(),
  configs: record(fileSchema).nullish(),
})
export type ComposeModel = z.infer<typeof modelSchema>

/**
 * Reads the output of `docker compose config --format json`. Compose writes each `$` of a value as `$$`.
 * @throws BerthError compose.invalid
 */
export function parseModel(json: string): ComposeModel {
  try {
    return modelSchema.parse(JSON.parse(json.replaceAll('$$', () => '$')))
  } catch (error) {
    // The message of a parser may quote a secret.
    throw new BerthError('compose.invalid', {}, { cause: error })
  }
}

/**
 * The services for the project's page, by name. The model has the services of all profiles, and `active` names those
 * that `up` would start.
 */
export function servicesOf({ services }: ComposeModel, active: readonly string[]): ComposeService[] {
  return Object.entries(services ?? {})
    .map(([name, service]) => ({
      name,
      image: service.image,
      builds: service.build != null,
      watches: (service.develop?.watch ?? []).length > 0,
      replicas: replicas(service),
      active: active.includes(name),
      profiles: service.profiles,
      dependsOn: Object.entries(service.depends_on).map(([other, { condition }]) => ({
        service: other,
        condition: composeConditions.find((known) => known === condition) ?? composeConditions[0],
      })),
    }))
    .sort((a, b) => a.name.localeCompare(b.name))
}

function replicas({ scale, deploy }: z.infer<typeof serviceSchema>): number {
  return Math.max(0, Math.trunc(scale ?? deploy?.replicas ?? 1))
}

/** The ports with a fixed number that the services publish on this computer. */
export function bindingsOf({ services }: ComposeModel): PortBinding[] {
  return Object.values(services ?? {}).flatMap((service) =>
    replicas(service) === 0
      ? []
      : service.ports.flatMap(({ target, published, protocol, host_ip }) => {
          const known = protocols.find((one) => one === protocol)
          const hostPort = /^\d+$/.test(published) ? Number(published) : 0
          if (known === undefined || hostPort < 1 || hostPort > 65_535) return []
          return [{ hostIp: host_ip, hostPort, containerPort: target, protocol: known }]
        }),
  )
}

/** Returns the range that a service publishes with one entry of its ports. Undefined for a single port. */
function rangeOf({
  published,
  protocol,
  host_ip: hostIp,
}: z.infer<typeof serviceSchema>['ports'][number]): HostPortRange | undefined {
  const [, first = 0, last = 0] = (/^(\d+)-(\d+)$/.exec(published) ?? []).map(Number)
  if (first < 1 || first >= last || last > 65_535) return undefined
  return protocol === 'tcp' || protocol === 'udp' ? { hostIp, first, last, protocol } : undefined
}

/**
 * Asks for the usable part of each range of ports that the services publish, such as `8000-8010:80`. Returns the ports
 * of the services of which a range has to be smaller. The engine then chooses from the smaller range.
 * @throws the errors of `freePart`
 */
export async function withFreePorts(
  { services }: ComposeModel,
  freePart: (range: HostPortRange) => Promise<{ first: number; last: number } | undefined>,
): Promise<Record<string, { ports: object[] }> | undefined> {
  return changed(services, async (service) => {
    if (replicas(service) === 0) return undefined
    let isNarrowed = false
    const ports: object[] = []
    for (const port of service.ports) {
      const range = rangeOf(port)
      const part = range && (await freePart(range))
      if (part !== undefined) isNarrowed = true
      ports.push(part === undefined ? port : { ...port, published: `${part.first}-${part.last}` })
    }
    return isNarrowed ? { ports } : undefined
  })
}

/** Whether a build context is a folder. Compose makes the paths of folders absolute. Other contexts are URLs. */
function isFolder(context: string): boolean {
  return context.startsWith('/')
}

/** The folders that the builds read, as paths in the machine. */
export function buildFolders({ services }: ComposeModel): string[] {
  const contexts = Object.values(services ?? {}).flatMap(({ build }) =>
    build == null ? [] : [build.context, ...Object.values(build.additional_contexts)],
  )
  return [...new Set(contexts.filter(isFolder))]
}

export interface ModelDockerfile {
  /** The content, if the compose file has it. */
  inline: string | undefined
  /** The folder of the build, as a path in the machine. */
  context: string
  /** Relative to the folder, or a path in the machine. */
  path: string
}

/** The Dockerfiles of the builds whose context is a folder. */
export function dockerfilesOf({ services }: ComposeModel): ModelDockerfile[] {
  return Object.values(services ?? {}).flatMap(({ build }) =>
    build == null || !isFolder(build.context)
      ? []
      : [{ inline: build.dockerfile_inline, context: build.context, path: build.dockerfile }],
  )
}

/** The images that the services name. */
export function imagesOf({ services }: ComposeModel): string[] {
  return [...new Set(Object.values(services ?? {}).map(({ image }) => image))].filter((image) => image !== '')
}

/**
 * Finds the place in the machine for every file and folder of this computer that the services mount. Returns the parts
 * of the model that need another place than the written one, as a further compose file. `ports` replace those of
 * services. Returns undefined if there is nothing to replace.
 * @throws the errors of `placeOf`
 */
export async function withPlaces(
  model: ComposeModel,
  placeOf: (written: string) => Promise<string>,
  ports: Record<string, { ports: object[] }> = {},
): Promise<string | undefined> {
  const mounting = await changed(model.services, async ({ volumes }) => {
    const binds = volumes.filter(({ type }) => type === 'bind')
    const places = await Promise.all(binds.map(({ source }) => placeOf(source)))
    // Compose merges the volumes of two files by their targets.
    const moved = binds.flatMap((mount, index) => {
      const source = places[index] ?? mount.source
      return source === mount.source ? [] : [{ ...mount, source }]
    })
    return moved.length === 0 ? undefined : { volumes: moved }
  })
  const volumes = await changed(model.volumes, async (volume) => {
    const { driver = '', driver_opts: { o = '', device = '' } = {} } = volume ?? {}
    if (!['', 'local'].includes(driver) || !/(?:^|,)r?bind(?:,|$)/.test(o)) return undefined
    const place = await placeOf(device)
    return place === device ? undefined : { driver_opts: { device: place } }
  })
  const moveFile = async ({ file }: { file?: string | undefined }) => {
    const place = file === undefined ? undefined : await placeOf(file)
    return place === file ? undefined : { file: place }
  }
  const secrets = await changed(model.secrets, moveFile)
  const configs = await changed(model.configs, moveFile)
  const services = merged(mounting, ports)
  const parts = { services, volumes, secrets, configs }
  if (Object.values(parts).every((part) => part === undefined)) return undefined
  // Compose would add the ports of a second file to those of the first one.
  return JSON.stringify(parts)
    .replaceAll('$', () => '$$')
    .replaceAll('"ports":[', '"ports": !override [')
}

/** Puts the parts of each service together. Undefined if there are none. */
function merged(
  one: Record<string, object> | undefined,
  other: Record<string, object>,
): Record<string, object> | undefined {
  const names = [...new Set([...Object.keys(one ?? {}), ...Object.keys(other)])]
  if (names.length === 0) return undefined
  return Object.fromEntries(names.map((name) => [name, { ...one?.[name], ...other[name] }]))
}

/** Calls `change` with each value, and returns the results that are not undefined. Undefined if there are none. */
async function changed<T, R extends object>(
  record: Record<string, T> | null | undefined,
  change: (value: T) => Promise<R | undefined>,
): Promise<Record<string, R> | undefined> {
  const results = await Promise.all(
    Object.entries(record ?? {}).map(async ([key, value]) => [key, await change(value)] as const),
  )
  const found = results.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
  return found.length === 0 ? undefined : Object.fromEntries(found)
}
