import { withBindSources, withVolumeDevice, type BindContext } from '../mounts/bind-source'
import type { RequestInterceptor } from './interceptors'

/** Lets docker clients name folders of this computer: `docker run -v "$PWD:/app"`. `context` is read for each request. */
export function bindMountInterceptors(context: () => BindContext): RequestInterceptor[] {
  return [
    {
      method: 'POST',
      path: /^\/containers\/create$/,
      rewriteBody: (body) => withBindSources(body, context()),
    },
    {
      method: 'POST',
      path: /^\/volumes\/create$/,
      rewriteBody: (body) => withVolumeDevice(body, context()),
    },
  ]
}
