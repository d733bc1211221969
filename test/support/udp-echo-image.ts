import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { pack } from 'tar-stream'

const perl = '/usr/bin/perl'
/** Sends every datagram back; 2, 2 and 17 are AF_INET, SOCK_DGRAM and UDP, so that it needs no module. */
const echo =
  'socket(S,2,2,17)&&bind(S,pack("S n x12",2,$ARGV[0]))||die $!; while($a=recv(S,$m,2048,0)){send(S,$m,0,$a)}'

/** Lets many connections wait, which busybox's servers do not, and says hello to each. */
const greet =
  'socket(S,2,1,6)&&bind(S,pack("S n x12",2,$ARGV[0]))&&listen(S,512)||die $!; while(accept(C,S)){syswrite(C,"hello");close C}'

/** A command that greets everyone who connects to a TCP port, for a container of {@link udpEchoTar}'s image. */
export function tcpGreeter(port: number): string[] {
  return [perl, '-e', greet, String(port)]
}

/** A command that echoes UDP on a port, for a container of {@link udpEchoTar}'s image. */
export function udpEcho(port: number): string[] {
  return [perl, '-e', echo, String(port)]
}

/** A root file system with the host's perl, which Debian always has, and its libraries: busybox has no UDP server. */
export async function udpEchoTar(): Promise<Buffer> {
  const { stdout } = await promisify(execFile)('ldd', [perl])
  const libraries = stdout.match(/\/\S+/g) ?? []
  const archive = pack()
  for (const file of [perl, ...libraries])
    archive.entry({ name: file.slice(1), mode: 0o755 }, await readFile(file))
  archive.finalize()
  return buffer(archive)
}
