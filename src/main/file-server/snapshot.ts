import { closeSync } from 'node:fs'
import { z } from 'zod'
import { FileServer, type FileServerOptions } from './file-server'
import { errnoOf } from './protocol/linux'
import type { PathStyle } from './tree/names'
import { isRegular, Node, type NodeTable } from './tree/nodes'

const integer = z.number().int().nonnegative()
const shareSchema = z.object({
  id: z.string().regex(/^[1-9]\d{0,8}$/),
  hostPath: z.string(),
  path: z.string(),
  writable: z.boolean(),
  guestPath: z.string(),
})
const placeSchema = z.object({ parent: integer, name: z.string() })

/** What a guest that goes on later still believes: numbers of files and of what it has open. JSON. */
export const mountsSnapshotSchema = z.object({
  format: z.literal(1),
  shares: z.array(shareSchema).refine((shares) => new Set(shares.map(({ id }) => id)).size === shares.length),
  numbering: z.object({ epoch: integer, count: integer }),
  lastHandle: integer,
  /** The agent's helper, which may be amid a job; 0 when there is none. */
  helperPid: integer,
  nodes: z.array(
    z.object({
      id: integer,
      names: z.array(placeSchema),
      /** Of a file without a name. */
      last: z.array(placeSchema).max(1).default([]),
      ino: z.string(),
      type: integer,
      lookups: integer,
      share: z.string(),
    }),
  ),
  /** By what tells a file from every other, user and group. */
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

type Place = z.infer<typeof placeSchema>

function placeOf({ parent, name }: { parent: Node; name: string }): Place {
  return { parent: parent.id, name }
}

/** Only of a server whose guest is quiesced. */
export function snapshotOf(server: FileServer): MountsSnapshot {
  const { context, nodes, handles, folders, shares } = server
  const roots = new Set(nodes.shareRoots)
  return {
    format: 1,
    shares: shares.map((share) => ({ ...share })),
    numbering: nodes.numbering,
    lastHandle: Math.max(handles.last, folders.last),
    helperPid: context.replays.helperPid ?? 0,
    nodes: [...nodes.all()]
      .filter((node) => !roots.has(node))
      .map((node) => ({
        id: node.id,
        names: node.names.map(placeOf),
        last: (node.last ? [node.last] : []).map(placeOf),
        ino: String(node.ino),
        type: node.type,
        lookups: node.lookups,
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
 * A server that goes on where the one of the snapshot stopped. A file that is not there any more answers with an
 * error when it is used; everything else is as before. Nothing that the kernel remembers is trusted: it is told to
 * ask again.
 */
export function restoreServer(
  snapshot: MountsSnapshot,
  options: Omit<FileServerOptions, 'shares'>,
): FileServer {
  const { shares, numbering, lastHandle } = snapshot
  const server = new FileServer({ ...options, shares, epoch: numbering, lastHandle })
  const { context, nodes, handles, folders } = server
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
  server.distrust()
  return server
}

/** The record lies in a file: what it says is no way out of a share. */
function isName(style: PathStyle, name: string): boolean {
  try {
    return style.check(name) === name
  } catch {
    return false
  }
}

/** Parents first: a folder's number may be higher than that of what was moved into it. */
function restoreNodes(snapshot: MountsSnapshot, nodes: NodeTable, style: PathStyle): void {
  const wanted = new Map(snapshot.nodes.map((node) => [node.id, node]))
  const restore = (id: number): Node | undefined => {
    const known = nodes.find(id)
    const entry = wanted.get(id)
    if (known || !entry) return known
    wanted.delete(id)
    const share = nodes.share(entry.share)?.share
    if (!share) return undefined
    const placesOf = (names: readonly Place[]) =>
      names.flatMap(({ parent, name }) => {
        const node = isName(style, name) ? restore(parent) : undefined
        return node?.share === share ? [{ parent: node, name }] : []
      })
    const [first, ...others] = placesOf(entry.names)
    const node = new Node(id, first?.parent, first?.name ?? '', BigInt(entry.ino), entry.type, share)
    node.lookups = entry.lookups
    node.unlinked = first === undefined
    if (node.unlinked && isRegular(node.type)) [node.last] = placesOf(entry.last)
    node.otherNames.push(...others)
    nodes.restore(node)
    return node
  }
  for (const { id } of snapshot.nodes) restore(id)
}

function reopen(server: FileServer, node: Node, flags: number): number | undefined {
  const { files } = server.context
  try {
    const fd = files.scope(() => files.open(files.file(node), flags & ~0o1000))
    if (files.ofHandle(fd).ino === node.ino) return fd
    closeSync(fd)
  } catch (error) {
    // Only what the file system says may be missing; a mistake of ours may not hide here.
    errnoOf(error)
  }
  return undefined
}
