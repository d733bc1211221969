import { closeSync } from 'node:fs'
import { z } from 'zod'
import { FileServer, type FileServerOptions } from './file-server'
import { withoutTruncation } from './protocol/linux'
import type { Node, Place } from './tree/node'
import type { NodeTable } from './tree/node-table'
import type { PathStyle } from './tree/path-style'

const integer = z.number().int().nonnegative()
const shareSchema = z.object({
  id: z.string().regex(/^[1-9]\d{0,8}$/),
  hostPath: z.string(),
  path: z.string(),
  writable: z.boolean(),
  guestPath: z.string(),
})
const placeSchema = z.object({ parent: integer, name: z.string() })

/**
 * The state of a suspended guest, as JSON: the ids of the files that the guest's kernel holds, and the files and
 * folders that the guest has open.
 */
export const mountsSnapshotSchema = z.object({
  format: z.literal(1),
  shares: z.array(shareSchema).refine((shares) => new Set(shares.map(({ id }) => id)).size === shares.length),
  numbering: z.object({ epoch: integer, count: integer }),
  lastHandle: integer,
  /** The process id of the agent's helper, which may be in the middle of a job; 0 without a helper. */
  helperPid: integer,
  nodes: z.array(
    z.object({
      id: integer,
      names: z.array(placeSchema),
      /** The last place of a file that has no name any more. */
      last: z.array(placeSchema).max(1).default([]),
      ino: z.string(),
      type: integer,
      lookups: integer,
      share: z.string(),
    }),
  ),
  /** For each file: its key ({@link Owners}), its user and its group. */
  owners: z.array(z.tuple([z.string(), integer, integer])).default([]),
  files: z.array(z.object({ id: integer, node: integer, flags: integer })),
  folders: z.array(
    z.object({
      id: integer,
      node: integer,
      names: z.array(z.object({ name: z.string(), type: integer })),
    }),
  ),
})
export type MountsSnapshot = z.infer<typeof mountsSnapshotSchema>

type SavedPlace = z.infer<typeof placeSchema>

function savedPlace({ parent, name }: Place): SavedPlace {
  return { parent: parent.id, name }
}

/** Returns the snapshot of a server. Call this function only while the guest is quiesced. */
export function snapshotOf(server: FileServer): MountsSnapshot {
  const { context, shares } = server
  const { nodes, handles, folders } = context
  const roots = new Set(nodes.shareRoots)
  return {
    format: 1,
    shares: shares.map((share) => ({ ...share })),
    numbering: nodes.numbering,
    lastHandle: Math.max(handles.lastId, folders.lastId),
    helperPid: context.replays.helperPid ?? 0,
    nodes: [...nodes.all()]
      .filter((node) => !roots.has(node))
      .map((node) => ({
        id: node.id,
        names: node.names.map(savedPlace),
        last: (node.lastPlace ? [node.lastPlace] : []).map(savedPlace),
        ino: String(node.ino),
        type: node.type,
        lookups: node.kernel.lookups,
        share: node.share.id,
      })),
    owners: [...context.owners.entries()].map(([key, { uid, gid }]): [string, number, number] => [
      key,
      uid,
      gid,
    ]),
    files: [...handles.entries()].map(([id, { node, flags }]) => ({ id, node: node.id, flags })),
    folders: [...folders.entries()].map(([id, { node, names }]) => ({
      id,
      node: node.id,
      names: [...names],
    })),
  }
}

/**
 * Returns a server that continues with the guest of a snapshot. If an open file no longer exists, using it fails with
 * an error. The kernel must ask for everything again, because none of its caches can be trusted.
 */
export function restoreServer(
  snapshot: MountsSnapshot,
  options: Omit<FileServerOptions, 'shares'>,
): FileServer {
  const { shares, numbering, lastHandle } = snapshot
  const server = new FileServer({ ...options, shares, numbering, lastHandle })
  const { context } = server
  const { nodes, handles, folders } = context
  const { style } = context.files
  if (snapshot.helperPid !== 0) context.replays.helperPid = snapshot.helperPid
  restoreNodes(snapshot, nodes, style)
  for (const [key, uid, gid] of snapshot.owners) context.owners.restore(key, { uid, gid })
  for (const { id, node, flags } of snapshot.files) {
    const owner = nodes.find(node)
    if (!owner) continue
    const fd = reopen(server, owner, flags)
    handles.add({ node: owner, flags, fd, lost: fd === undefined }, id)
  }
  for (const { id, node, names } of snapshot.folders) {
    const owner = nodes.find(node)
    if (owner) folders.add({ node: owner, names: names.filter(({ name }) => isName(style, name)) }, id)
  }
  server.expireEverything()
  return server
}

/** Whether a name is valid. The snapshot comes from a file, so its names must not lead out of a share. */
function isName(style: PathStyle, name: string): boolean {
  try {
    return style.validName(name) === name
  } catch {
    return false
  }
}

/** Restores each node after its parents. A folder may have a higher id than a file that was moved into the folder. */
function restoreNodes(snapshot: MountsSnapshot, nodes: NodeTable, style: PathStyle): void {
  const wanted = new Map(snapshot.nodes.map((node) => [node.id, node]))
  const restore = (id: number): Node | undefined => {
    const known = nodes.find(id)
    const entry = wanted.get(id)
    if (known || !entry) return known
    wanted.delete(id)
    const share = nodes.share(entry.share)?.share
    if (!share) return undefined
    const placesOf = (names: readonly SavedPlace[]) =>
      names.flatMap(({ parent, name }) => {
        const node = isName(style, name) ? restore(parent) : undefined
        return node?.share === share ? [{ parent: node, name }] : []
      })
    const places = placesOf(entry.names)
    const [lastPlace] = places.length === 0 ? placesOf(entry.last) : []
    const { type, lookups } = entry
    return nodes.restore({ id, places, lastPlace, ino: BigInt(entry.ino), type, share, lookups })
  }
  for (const { id } of snapshot.nodes) restore(id)
}

function reopen(server: FileServer, node: Node, flags: number): number | undefined {
  const { files } = server.context
  try {
    const fd = files.scope(() => files.open(files.file(node), withoutTruncation(flags)))
    if (files.ofHandle(fd).ino === node.ino) return fd
    closeSync(fd)
  } catch {
    // The file no longer exists, or may not be opened.
  }
  return undefined
}
