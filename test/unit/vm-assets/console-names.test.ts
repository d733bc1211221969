import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'

/** The README has a table for each kind of line on the serial console. Its first column has the kind as its heading. */
const kinds = ['Stage', 'Code', 'Report'] as const
type Kind = (typeof kinds)[number]
type Names = Record<Kind, Set<string>>

const inGuest: Record<Kind, RegExp[]> = {
  Stage: [/\bstage ([a-z][\w-]*)/g, /^announce ([\w-]+)/gm],
  Code: [/\berror ([a-z]+-[a-z-]+)/g, /^begin [\w-]+ ([\w-]+)/gm],
  Report: [/\breport ([a-z]+) /g],
}
const inApp: Record<Kind, RegExp[]> = {
  Stage: [/\b(?:reached|hasReached)\('([\w-]+)'\)/g],
  Code: [/case '((?:data|sshd|dockerd|root)-[a-z]+)':/g],
  Report: [/\b(?:reported|guestReport)\('([\w-]+)'\)/g],
}

let guest: Names
let app: Names
let readme: Names

beforeAll(async () => {
  const scripts = await contents('vm-assets/rootfs/usr/lib/berth')
  guest = names(`${scripts}\n${await contents('vm-assets/initramfs')}`, inGuest)
  app = names(await contents('src/main'), inApp)
  const text = await readFile('vm-assets/README.md', 'utf8')
  readme = Object.fromEntries(kinds.map((kind) => [kind, tableOf(text, kind)])) as Names
})

test.each(kinds)('%s: the README lists all names that the guest prints, and no other', (kind) => {
  expect([...readme[kind]].sort()).toEqual([...guest[kind]].sort())
})

test.each(kinds)('%s: the guest prints every name that the app reads', (kind) => {
  expect(app[kind].size).toBeGreaterThan(0)
  expect([...app[kind]].filter((name) => !guest[kind].has(name))).toEqual([])
})

/** The code of all files in a folder, without comments. */
async function contents(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return texts.join('\n').replaceAll(/^\s*(?:#|\/\/|\*|\/\*).*$/gm, '')
}

function names(text: string, patterns: Record<Kind, RegExp[]>): Names {
  const found = (kind: Kind) =>
    patterns[kind].flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = '']) => name))
  return { Stage: new Set(found('Stage')), Code: new Set(found('Code')), Report: new Set(found('Report')) }
}

function tableOf(text: string, heading: string): Set<string> {
  const [, rows = ''] =
    new RegExp(`^\\| ${heading} +\\|.*\\n\\|[ -|]*\\n((?:\\|.*\\n)+)`, 'm').exec(text) ?? []
  return new Set([...rows.matchAll(/^\| `([\w-]+)`/gm)].map(([, name = '']) => name))
}
