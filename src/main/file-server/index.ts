export { type MountsSnapshot, mountsSnapshotSchema } from './snapshot'
export { pathStyle } from './tree/path-style'
export { isSameShare, type ShareRoot } from './tree/node'
export { fromWorkerSchema, peerAddressSchema, type ToWorker, type WorkerData } from './worker-messages'
