import type { Duplex } from 'node:stream'
import { z } from 'zod'
import { type Container, isActive } from '../../shared/containers'
import { type IsolationEvent, namespaceKinds } from '../../shared/isolation'
import { type CgroupFiles, parseCgroup } from './cgroup-files'
import { decodeText, readJson } from './guest-program'
import { parseMounts, parseRights } from './process-files'

const ids = z.array(z.number()).length(namespaceKinds.length)

/** The lines of `isolation watch`. */
const lineSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('cgroup'),
    path: z.string(),
    /** Only the files that have changed. Null if there is no such file. */
    files: z.record(z.string(), z.string().nullable()),
  }),
  z.object({
    type: z.literal('namespaces'),
    machine: ids,
    /** The watched container first. */
    containers: z.array(z.tuple([z.string(), ids])).min(1),
  }),
  z.object({ type: z.literal('rights'), status: z.string(), label: z.string() }),
  z.object({ type: z.literal('mounts'), text: z.string() }),
])
type Line = z.infer<typeof lineSchema>

/** Turns the output of `isolation watch` into events. Ends when the container stops. */
export async function* isolationEvents(stream: Duplex): AsyncGenerator<IsolationEvent, void> {
  const files = new Map<string, string>()
  for await (const line of readJson(stream, lineSchema)) yield toEvent(line, files)
}

function toEvent(line: Line, files: Map<string, string>): IsolationEvent {
  switch (line.type) {
    case 'cgroup':
      for (const [name, text] of Object.entries(line.files))
        if (text === null) files.delete(name)
        else files.set(name, decodeText(text))
      return { type: 'cgroup', cgroup: parseCgroup(decodeText(line.path), files satisfies CgroupFiles) }
    case 'namespaces':
      return { type: 'namespaces', namespaces: namespacesOf(line) }
    case 'rights':
      return { type: 'rights', rights: parseRights(decodeText(line.status), decodeText(line.label)) }
    case 'mounts':
      return { type: 'mounts', mounts: parseMounts(decodeText(line.text)) }
  }
}

function namespacesOf({ machine, containers: [own, ...others] }: Extract<Line, { type: 'namespaces' }>) {
  return namespaceKinds.map((kind, index) => {
    const id = own?.[1][index] ?? 0
    return {
      kind,
      id,
      machine: id !== 0 && machine[index] === id,
      containers: others.filter(([, theirs]) => id !== 0 && theirs[index] === id).map(([other]) => other),
    }
  })
}

/** The command that tells the program which containers run. */
export function runningContainers(containers: Iterable<Container>): string {
  const words = [...containers]
    .filter((container) => isActive(container) && container.pid > 0)
    .flatMap(({ id, pid }) => [String(pid), id])
  return `with ${words.join(' ')}\n`
}
