import { z } from 'zod'
import { mountsSnapshotSchema } from './snapshot'

const shareSchema = mountsSnapshotSchema.shape.shares.element

/** The data that the thread starts with. */
export const workerDataSchema = z.object({
  /** Berth's own folders, which are part of no share. */
  ownFolders: z.array(z.string().min(1)),
})
export type WorkerData = z.infer<typeof workerDataSchema>

/** A `PeerAddress` of src/main/lib, as the thread sends it. */
export const peerAddressSchema = z.union([z.object({ path: z.string() }), z.object({ port: z.number() })])

/**
 * Messages from the app to the thread that serves files. A request has a number, and its answer contains the same
 * number.
 */
export const toWorkerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('shares'), shares: z.array(shareSchema) }),
  z.object({ type: z.literal('listen'), request: z.number() }),
  z.object({ type: z.literal('quiesce'), request: z.number() }),
  z.object({ type: z.literal('snapshot'), request: z.number() }),
  z.object({ type: z.literal('restore'), request: z.number(), snapshot: mountsSnapshotSchema }),
  z.object({ type: z.literal('socket'), request: z.number(), node: z.number() }),
  z.object({ type: z.literal('forget'), shareId: z.string() }),
  z.object({ type: z.literal('confirm'), port: z.number() }),
  z.object({ type: z.literal('release') }),
])
export type ToWorker = z.infer<typeof toWorkerSchema>

export const fromWorkerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('answer'), request: z.number(), value: z.unknown() }),
  z.object({ type: z.literal('failure'), request: z.number(), reason: z.string() }),
  z.object({ type: z.literal('mounted'), errno: z.number() }),
  z.object({ type: z.literal('foreign-owner'), path: z.string(), shareId: z.string() }),
  /** A shared folder is gone, or was replaced. */
  z.object({ type: z.literal('gone') }),
  z.object({ type: z.literal('closed'), reason: z.string() }),
])
export type FromWorker = z.infer<typeof fromWorkerSchema>
