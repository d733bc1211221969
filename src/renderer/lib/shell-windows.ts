import { z } from 'zod'
import { sessionTargetSchema, type SessionTarget } from '../../shared/sessions'

/** How many closed windows Berth remembers. */
const keptWindows = 20

const windowSchema = z.object({
  /** What all shells of the window belong to, see {@link shellFamily}. */
  family: z.string(),
  tabs: z.array(z.object({ target: sessionTargetSchema, sessionId: z.string().optional() })).min(1),
  /** The index of the shown tab. */
  shown: z.number().int().nonnegative(),
})

/** The tabs of a shell window that has closed. */
export type ShellWindow = z.infer<typeof windowSchema>

/** What the shells of one window have in common: a container, the machine or this computer. */
export function shellFamily(target: SessionTarget): string {
  return target.kind === 'container' ? `container:${target.containerId}` : target.kind
}

/** Reads the closed windows from the browser's storage, the last closed one first. */
export function readShellWindows(text: string | null): ShellWindow[] {
  try {
    return z.array(windowSchema).parse(JSON.parse(text ?? '[]'))
  } catch {
    return []
  }
}

/** Adds a window that closes. It replaces an earlier one of the same family. */
export function withShellWindow(windows: readonly ShellWindow[], closed: ShellWindow): ShellWindow[] {
  return [closed, ...windows.filter(({ family }) => family !== closed.family)].slice(0, keptWindows)
}
