import * as fs from 'node:fs'
import { fileType } from '../protocol/linux'

/**
 * node:fs can create neither sockets nor pipes. When a program in the machine creates one, the host gets a regular file
 * with one of these texts. The guest sees the type that belongs to the text. Data of the socket or pipe never
 * leaves the machine's kernel.
 */
const markers: ReadonlyMap<number, Buffer> = new Map([
  [fileType.socket, Buffer.from('Berth: a socket of a container.\n')],
  [fileType.pipe, Buffer.from('Berth: a pipe of a container.  \n')],
])

/** The length of every marker. A file of another length need not be read. */
export const markerBytes = 32

/** The content of the host's file for this file type; undefined for types that need no marker or are not supported. */
export function markerOf(type: number): Buffer | undefined {
  return markers.get(type)
}

/** The file type that an open file stands for; undefined when it contains no marker. */
export function markedType(fd: number): number | undefined {
  const content = Buffer.alloc(markerBytes)
  fs.readSync(fd, content, 0, markerBytes, 0)
  for (const [type, marker] of markers) if (marker.equals(content)) return type
  return undefined
}
