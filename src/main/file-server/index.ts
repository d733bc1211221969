export { type MountsSnapshot, mountsSnapshotSchema } from './snapshot'
export { pathStyle } from './tree/path-style'
export { isSameShare, type ShareRoot } from './tree/nodes'
export { fromWorkerSchema, peerAddressSchema, type ToWorker, type WorkerData } from './worker-messages'
