import type { Readable } from 'node:stream'
import { type ApiServices, implementer } from './implementer'
import { watching } from './streams'

const { backups } = implementer

export function backupsRouter({ backups: service, downloads, uploads }: ApiServices) {
  return backups.router({
    watch: backups.watch.handler(watching(service, 'change', () => service.current)),
    create: backups.create.handler(async ({ input }) => ({ taskId: await service.create(input) })),
    download: backups.download.handler(async ({ input, context }) => {
      const { name, bytes, stream } = await service.open(input.id)
      return downloads.offer(context.connection, { name, bytes, open: () => Promise.resolve(stream) })
    }),
    remove: backups.remove.handler(({ input }) => service.remove(input.id)),
    restore: backups.restore.handler(async ({ input }) => ({ taskId: await service.restore(input) })),
    restoreOpen: backups.restoreOpen.handler(async ({ input, context }) => {
      await service.checkTarget(input)
      const restore = (file: Readable) => service.restoreUpload(input, file)
      return { uploadId: uploads.open(context.connection, input.bytes, restore) }
    }),
    setSchedule: backups.setSchedule.handler(({ input }) => service.setSchedule(input)),
    removeSchedule: backups.removeSchedule.handler(({ input }) => service.removeSchedule(input.volume)),
  })
}
