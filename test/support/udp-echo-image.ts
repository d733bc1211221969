import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { pack } from 'tar-stream'

const perl = '/usr/bin/perl'
/** Sends every datagram back. 2, 2 and 17 are AF_INET, SOCK_DGRAM and UDP. With numbers, it needs no Perl module. */
const echo =
  'socket(S,2,2,17)&&bind(S,pack("S n x12",2,$ARGV[0]))||die $!; while($a=recv(S,$m,2048,0)){send(S,$m,0,$a)}'

/** Sends hello to each client. Unlike busybox's servers, it has a long queue for connections. */
const greet =
  'socket(S,2,1,6)&&bind(S,pack("S n x12",2,$ARGV[0]))&&listen(S,512)||die $!; while(accept(C,S)){syswrite(C,"hello");close C}'

/** A command that sends hello to every client of a TCP port. Runs in a container of {@link udpEchoTar}'s image. */
export function tcpGreeter(port: number): string[] {
  return [perl, '-e', greet, String(port)]
}

/** A command that echoes UDP datagrams on a port. Runs in a container of {@link udpEchoTar}'s image. */
export function udpEcho(port: number): string[] {
  return [perl, '-e', echo, String(port)]
}

/**
 * Starts a process for each argument `PROTOCOL,ADDRESS,PORT`. The process echoes UDP datagrams, or sends hello over
 * TCP. 10 is AF_INET6. 41 and 26 are IPPROTO_IPV6 and IPV6_V6ONLY. With IPV6_V6ONLY, a server on `::` receives nothing
 * over IPv4.
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

/** A command that serves each `PROTOCOL,ADDRESS,PORT`. Runs in a container of {@link udpEchoTar}'s image. */
export function servers(...sockets: string[]): string[] {
  return [perl, '-e', serveAll, ...sockets]
}

/**
 * Packs a root file system with the host's Perl and its libraries. Debian always has Perl. busybox alone is not enough,
 * because it has no UDP server.
 */
export async function udpEchoTar(): Promise<Buffer> {
  const { stdout } = await promisify(execFile)('ldd', [perl])
  const libraries = stdout.match(/\/\S+/g) ?? []
  const archive = pack()
  for (const file of [perl, ...libraries])
    archive.entry({ name: file.slice(1), mode: 0o755 }, await readFile(file))
  archive.finalize()
  return buffer(archive)
}
