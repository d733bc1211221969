import { implementer } from './implementer'
import type { ApiServices } from './services'

export function diskRouter({ disk }: Pick<ApiServices, 'disk'>) {
  return implementer.disk.router({
    usage: implementer.disk.usage.handler(() => disk.usage()),
    reclaim: implementer.disk.reclaim.handler(({ input }) => disk.reclaim(input.target)),
  })
}
