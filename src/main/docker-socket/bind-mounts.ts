import { z } from 'zod'
import { type BindContext, bindSource } from '../mounts'
import type { RequestInterceptor } from './interceptors'

/**
 * Lets docker clients name folders of this computer: `docker run -v "$PWD:/app"`. `context` is called for each
 * request.
 */
export function bindMountInterceptors(context: () => Promise<BindContext>): RequestInterceptor[] {
  return [
    {
      method: 'POST',
      path: /^\/containers\/[^/]+\/(?:start|restart)$/,
      // A bind mount's folder may be on a drive that was plugged in a moment ago.
      before: async () => {
        await context()
        return undefined
      },
    },
    {
      method: 'POST',
      path: /^\/containers\/create$/,
      rewriteBody: async (body) => withBindSources(body, await context()),
    },
    {
      method: 'POST',
      path: /^\/volumes\/create$/,
      rewriteBody: async (body) => withVolumeDevice(body, await context()),
    },
  ]
}

const driverOptionsSchema = z.object({ o: z.string(), device: z.string() }).loose()
const mountSchema = z
  .object({
    Type: z.string().optional(),
    Source: z.string().optional(),
    VolumeOptions: z.unknown().optional(),
  })
  .loose()
type Mount = z.infer<typeof mountSchema>

/** `--mount type=volume,volume-opt=…` creates a volume as `POST /volumes/create` does. */
const volumeOptionsSchema = z
  .object({
    DriverConfig: z.object({ Name: z.enum(['', 'local']).optional(), Options: driverOptionsSchema }).loose(),
  })
  .loose()

const createBodySchema = z
  .object({
    HostConfig: z
      .object({
        Binds: z.array(z.string()).nullish(),
        Mounts: z.array(mountSchema).nullish(),
      })
      .loose()
      .nullish(),
  })
  .loose()

/**
 * The body of the engine's `POST /containers/create`, with the sources of its bind mounts as paths in the machine.
 * A body of another shape is returned unchanged: the engine's own error is better.
 * @throws BerthError see {@link bindSource}
 */
export function withBindSources(body: unknown, context: BindContext): unknown {
  const parsed = createBodySchema.safeParse(body)
  if (!parsed.success || !parsed.data.HostConfig) return body
  const { Binds, Mounts } = parsed.data.HostConfig
  return {
    ...parsed.data,
    HostConfig: {
      ...parsed.data.HostConfig,
      ...(Binds ? { Binds: Binds.map((bind) => rewrittenBind(bind, context)) } : {}),
      ...(Mounts
        ? {
            Mounts: Mounts.map((mount) => rewrittenMount(mount, context)),
          }
        : {}),
    },
  }
}

function rewrittenMount(mount: Mount, context: BindContext): Mount {
  const { Type, Source, VolumeOptions } = mount
  if (Type === 'bind' && Source !== undefined) return { ...mount, Source: bindSource(Source, context) }
  const { data: options } = volumeOptionsSchema.safeParse(VolumeOptions)
  if (Type !== 'volume' || options === undefined) return mount
  const { DriverConfig } = options
  const Options = withDevice(DriverConfig.Options, context)
  return { ...mount, VolumeOptions: { ...options, DriverConfig: { ...DriverConfig, Options } } }
}

const volumeBodySchema = z
  .object({ Driver: z.enum(['', 'local']).optional(), DriverOpts: driverOptionsSchema })
  .loose()

/**
 * The same for `POST /volumes/create`: compose creates volumes that are bind mounts (`type: none, o: bind`).
 * @throws BerthError see {@link bindSource}
 */
export function withVolumeDevice(body: unknown, context: BindContext): unknown {
  const parsed = volumeBodySchema.safeParse(body)
  if (!parsed.success) return body
  const DriverOpts = withDevice(parsed.data.DriverOpts, context)
  return DriverOpts === parsed.data.DriverOpts ? body : { ...parsed.data, DriverOpts }
}

/** A volume's options; the same object unless they make a bind mount. */
function withDevice<T extends z.infer<typeof driverOptionsSchema>>(options: T, context: BindContext): T {
  if (!/(?:^|,)r?bind(?:,|$)/.test(options.o)) return options
  return { ...options, device: bindSource(options.device, context) }
}

/** `SOURCE:TARGET[:OPTIONS]`. A source without a slash, dot or drive is the name of a volume. */
function rewrittenBind(bind: string, context: BindContext): string {
  const drive = /^(?:\\\\\?\\)?[A-Za-z]:(?=[\\/])/.exec(bind)?.[0] ?? ''
  const colon = bind.indexOf(':', drive.length)
  if (colon === -1) return bind
  const source = bind.slice(0, colon)
  if (drive === '' && !/^[/\\~]/.test(source)) return bind
  return bindSource(source, context) + bind.slice(colon)
}
