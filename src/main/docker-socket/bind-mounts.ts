import { type BindContext, withBindSources, withVolumeDevice } from '../mounts'
import type { RequestInterceptor } from './interceptors'

/** Lets docker clients name folders of this computer: `docker run -v "$PWD:/app"`. `context` is asked for each request. */
export function bindMountInterceptors(context: () => Promise<BindContext>): RequestInterceptor[] {
  return [
    {
      method: 'POST',
      path: /^\/containers\/[^/]+\/(?:start|restart)$/,
      // A folder may lie on a drive that has just come back.
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
