export { type BindContext, bindSource } from './bind-source'
export type { StartThread } from './file-server-thread'
export { mountPoint, refuseInUse } from './folder-rules'
export { Mounts } from './mounts'
