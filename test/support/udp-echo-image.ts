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

/**
 * For each argument `PROTOCOL,ADDRESS,PORT` a process that echoes UDP, or greets over TCP. 10 is AF_INET6, 41 and 26
 * are IPPROTO_IPV6 and IPV6_V6ONLY, so that a server on `::` receives nothing over IPv4.
 */
const serveAll = `
sub at { my ($a, $p) = @_; return pack("S n C4 x8", 2, $p, split /[.]/, $a) if $a !~ /:/;
  return pack("S n N a16 N", 10, $p, 0, chr(0) x 15 . chr($a eq "::" ? 0 : 1), 0) }
for (@ARGV) { my ($t, $a, $p) = split /,/; next if fork; my $f = $a =~ /:/ ? 10 : 2;
  socket(S, $f, $t eq "udp" ? 2 : 1, 0) || die $!; setsockopt(S, 41, 26, pack("i", 1)) if $f == 10;
  bind(S, at($a, $p)) || die $!;
  if ($t eq "udp") { while ($x = recv(S, $m, 2048, 0)) { send(S, $m, 0, $x) } }
  listen(S, 512) || die $!; while (accept(C, S)) { syswrite(C, "hello"); close C } }
sleep 100000`

/** A command that serves each `PROTOCOL,ADDRESS,PORT`, for a container of {@link udpEchoTar}'s image. */
export function servers(...sockets: string[]): string[] {
  return [perl, '-e', serveAll, ...sockets]
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
