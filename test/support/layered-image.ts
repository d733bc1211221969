import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'

/** An entry of a layer: a file with so many bytes, a folder or a link. */
export type LayerEntry =
  | { name: string; bytes: number }
  | { name: string; bytes?: undefined; type: 'directory'; mode?: number }
  | { name: string; bytes?: undefined; type: 'link' | 'symlink'; linkname: string }

/** An instruction of an image, with the entries of its layer. An instruction without entries makes no layer. */
export interface LayeredStep {
  createdBy: string
  entries?: LayerEntry[]
}

async function layerTar(entries: readonly LayerEntry[]): Promise<Buffer> {
  const archive = pack()
  for (const entry of entries) {
    // The same entries must always make the same layer.
    const mtime = new Date(0)
    if (entry.bytes === undefined) archive.entry({ mode: 0o755, ...entry, mtime })
    else archive.entry({ name: entry.name, mode: 0o644, mtime }, 'x'.repeat(entry.bytes))
  }
  archive.finalize()
  return buffer(archive)
}

const digestOf = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')

/** Packs an image in the format of `docker save`, layer by layer. It needs no program and cannot run. */
export async function layeredImageTar(tag: string, steps: readonly LayeredStep[]): Promise<Buffer> {
  const layers = await Promise.all(
    steps.flatMap(({ entries }) => (entries === undefined ? [] : [layerTar(entries)])),
  )
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${digestOf(layer)}`) },
    history: steps.map(({ createdBy, entries }) => ({
      created: '2026-01-01T00:00:00Z',
      created_by: createdBy,
      ...(entries === undefined ? { empty_layer: true } : {}),
    })),
  })
  const archive = pack()
  const configName = `${digestOf(config)}.json`
  archive.entry({ name: configName }, config)
  for (const [index, layer] of layers.entries()) archive.entry({ name: `${String(index)}.tar` }, layer)
  const manifest = [
    { Config: configName, RepoTags: [tag], Layers: layers.map((_layer, index) => `${String(index)}.tar`) },
  ]
  archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest))
  archive.finalize()
  return buffer(archive)
}

/** The lowest layer of {@link wastefulSteps}. */
export const baseStep: LayeredStep = {
  createdBy: 'ADD rootfs.tar / # buildkit',
  entries: [
    { name: 'bin/', type: 'directory' },
    { name: 'bin/tool', bytes: 1000 },
    { name: 'etc/', type: 'directory' },
    { name: 'etc/config', bytes: 200 },
    { name: 'cache/', type: 'directory' },
    { name: 'cache/a', bytes: 500 },
    { name: 'cache/b', type: 'link', linkname: 'cache/a' },
    { name: 'cache/c', bytes: 300 },
    { name: 'again/', type: 'directory' },
    { name: 'again/old', bytes: 70 },
    { name: 'twin', bytes: 400 },
    { name: 'twin2', type: 'link', linkname: 'twin' },
  ],
}

/** An image that overwrites, removes and replaces what its lower layers have. */
export const wastefulSteps: readonly LayeredStep[] = [
  baseStep,
  {
    createdBy: 'RUN /bin/sh -c configure # buildkit',
    entries: [
      { name: 'etc/', type: 'directory' },
      { name: 'etc/config', bytes: 250 },
      { name: '.wh.cache', bytes: 0 },
      { name: '.wh.twin', bytes: 0 },
      { name: 'again/', type: 'directory' },
      { name: 'again/.wh..wh..opq', bytes: 0 },
      { name: 'again/new', bytes: 30 },
      { name: 'shadow', type: 'symlink', linkname: '/etc/passwd' },
    ],
  },
  { createdBy: 'ENV MODE=<b>fast</b>' },
  {
    createdBy: 'COPY app / # buildkit',
    entries: [
      { name: 'bin/', type: 'directory', mode: 0o700 },
      { name: 'bin/<script>alert(1)', bytes: 5 },
      { name: 'etc/', type: 'directory' },
      { name: 'etc/config', bytes: 260 },
    ],
  },
]
