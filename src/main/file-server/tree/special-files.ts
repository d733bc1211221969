import { fileType } from '../protocol/linux'

/**
 * node:fs can make no sockets and no pipes. For one that a program in the machine makes, an ordinary file stands on the
 * host that says so, and the machine is shown what it means: what goes through it never leaves the machine's kernel.
 */
const marks: ReadonlyMap<number, Buffer> = new Map([
  [fileType.socket, Buffer.from('Berth: a socket of a container.\n')],
  [fileType.pipe, Buffer.from('Berth: a pipe of a container.  \n')],
])

/** Length of every mark. A file of another one need not be read. */
export const markBytes = 32

/** What stands on the host for a file of this type; undefined for those that need no such thing, or cannot be. */
export function markOf(type: number): Buffer | undefined {
  return marks.get(type)
}

/** The type of file that is meant by this content. */
export function typeOfMark(content: Buffer): number | undefined {
  for (const [type, mark] of marks) if (mark.equals(content)) return type
  return undefined
}
