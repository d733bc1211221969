import { z } from 'zod'
import type { comparisonEventSchema, findingsEventSchema, wasteEventSchema } from '../../shared/image-layers'
import {
  type ImageFolder,
  type LayerDeed,
  type LayerEntryType,
  type WalkLimit,
  walkLimits,
} from '../../shared/image-layers'
import { encodedText, fileBytes } from '../isolation'

const types = new Map<string, LayerEntryType>([
  ['f', 'file'],
  ['d', 'folder'],
  ['l', 'link'],
  ['p', 'pipe'],
  ['s', 'socket'],
  ['b', 'block'],
  ['D', 'removed'],
])
const entryType = z.string().transform((letter): LayerEntryType => types.get(letter) ?? 'character')

const deeds: Readonly<Record<string, LayerDeed>> = {
  A: 'added',
  C: 'changed',
  D: 'removed',
  O: 'replaced',
  '-': 'kept',
}
const deed = z.enum(['A', 'C', 'D', 'O', '-']).transform((letter): LayerDeed => deeds[letter] ?? 'kept')

const limit = z
  .union([z.literal(''), z.enum(walkLimits)])
  .transform((name): WalkLimit | null => (name === '' ? null : name))

/** The program numbers the layers from the top one on, which has the number 0. */
function numbered(layers: number) {
  return z
    .number()
    .int()
    .nonnegative()
    .max(layers - 1)
    .transform((place) => layers - place)
}

export function folderLineSchema(layers: number) {
  const entry = z
    .tuple([
      encodedText,
      entryType,
      z.number(),
      z.number(),
      z.number(),
      fileBytes,
      numbered(layers),
      deed,
      encodedText,
    ])
    .transform(([name, type, mode, user, group, size, layer, did, link]) => ({
      ...{ name, type, mode, user, group, size, layer, link },
      deed: did,
    }))
  return z
    .object({ entries: z.array(entry), count: z.number(), more: z.boolean() })
    .transform((folder): ImageFolder => folder)
}

/** The lines that a walk prints before its result. `gone`: the image was removed meanwhile. */
const progressLine = z.object({ type: z.literal('names'), count: z.number() })
const goneLine = z.object({ type: z.literal('gone') })
const result = z.literal('result')

const hidings = { O: 'overwritten', R: 'removed', F: 'replaced' } as const

export function wasteLineSchema(layers: number) {
  const part = z
    .tuple([numbered(layers), numbered(layers), z.enum(['O', 'R', 'F']), fileBytes, z.number()])
    .transform(([layer, by, how, size, files]) => ({ layer, by, how: hidings[how], bytes: size, files }))
  const path = z.tuple([encodedText, z.array(part)]).transform(([name, parts]) => ({
    path: name,
    bytes: parts.reduce((sum, one) => sum + one.bytes, 0),
    parts,
  }))
  return z.union([
    progressLine,
    goneLine,
    z
      .object({
        type: result,
        layers: z.array(z.tuple([fileBytes, z.number(), fileBytes])).length(layers),
        wasted: z.array(path),
        more: z.boolean(),
        limit,
      })
      .transform(({ layers: sizes, wasted, ...rest }): z.infer<typeof wasteEventSchema> => ({
        ...rest,
        layers: sizes
          .map(([size, files, wastedBytes]) => ({ bytes: size, files, wasted: wastedBytes }))
          .reverse(),
        paths: wasted,
      })),
  ])
}

export function findingsLineSchema(layers: number) {
  const version = z
    .tuple([numbered(layers), entryType, fileBytes, z.number()])
    .transform(([layer, type, size, hidden]) => ({ layer, type, size, hidden: hidden === 1 }))
  const finding = z
    .tuple([encodedText, z.array(version)])
    .transform(([path, versions]) => ({ path, versions }))
  return z.union([
    progressLine,
    goneLine,
    z
      .object({ type: result, found: z.array(finding), more: z.boolean(), limit })
      .transform((findings): z.infer<typeof findingsEventSchema> => findings),
  ])
}

const kinds = { A: 'added', R: 'removed', C: 'changed' } as const

const oneSided = z.tuple([z.number(), fileBytes]).transform(([files, size]) => ({ files, bytes: size }))
const difference = z
  .tuple([z.enum(['A', 'R', 'C']), entryType, fileBytes, fileBytes, z.number(), encodedText])
  .transform(([kind, type, before, after, files, path]) => ({
    ...{ type, before, after, files, path },
    kind: kinds[kind],
  }))

export const comparisonLineSchema = z.union([
  progressLine,
  goneLine,
  z
    .object({
      type: result,
      added: oneSided,
      removed: oneSided,
      changed: z
        .tuple([z.number(), fileBytes, fileBytes])
        .transform(([files, before, after]) => ({ files, before, after })),
      unread: z.number(),
      changes: z.array(difference),
      more: z.boolean(),
      limit,
    })
    .transform((comparison): z.infer<typeof comparisonEventSchema> => comparison),
])
