import * as fs from 'node:fs'
import { fileType } from '../protocol/linux'

/**
 * node:fs can create neither sockets nor pipes. If a program in the machine creates a socket or a pipe, the server
 * creates a regular file on the host with one of these texts. For a file with such a text, the guest sees a socket or a
 * pipe. The data that programs send through the socket or pipe never leaves the machine's kernel.
 */
const markers: ReadonlyMap<number, Buffer> = new Map([
  [fileType.socket, Buffer.from('Berth: a socket of a container.\n')],
  [fileType.pipe, Buffer.from('Berth: a pipe of a container.  \n')],
])

/** The length of every marker, bytes. The server looks for a marker only in files of this length. */
export const markerBytes = 32

/** The content of the host file for this file type. Undefined if the type needs no marker or is not supported. */
export function markerOf(type: number): Buffer | undefined {
  return markers.get(type)
}

/** The file type that the marker in an open file represents. Undefined if the file contains no marker. */
export function markedType(fd: number): number | undefined {
  const content = Buffer.alloc(markerBytes)
  fs.readSync(fd, content, 0, markerBytes, 0)
  for (const [type, marker] of markers) if (marker.equals(content)) return type
  return undefined
}
