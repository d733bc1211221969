import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { pack } from 'tar-stream'
import type { RunRequest } from '../../src/shared/containers'

const busybox = '/bin/busybox'

/** A container that does nothing. The test must first import the image busybox:latest. */
export const idleContainer: RunRequest = {
  image: 'busybox:latest',
  command: ['true'],
  environment: [],
  ports: [],
  volumes: [],
  autoRemove: false,
  tty: false,
}
/** A command that sleeps until it gets SIGTERM. */
export const sleeping = ['sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait']

const passwd = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n'

/**
 * Packs a root file system with Debian's static busybox and a link for each applet. The engine can import the archive
 * as an image. Needs the package busybox-static.
 */
export async function busyboxTar(): Promise<Buffer> {
  const [program, { stdout }] = await Promise.all([
    readFile(busybox),
    promisify(execFile)(busybox, ['--list']),
  ])
  const archive = pack()
  for (const name of ['bin/', 'etc/', 'proc/', 'sys/', 'dev/', 'root/', 'data/']) {
    archive.entry({ name, type: 'directory', mode: 0o755 })
  }
  archive.entry({ name: 'tmp/', type: 'directory', mode: 0o1777 })
  archive.entry({ name: 'etc/passwd' }, passwd)
  archive.entry({ name: 'etc/group' }, 'root:x:0:\nnogroup:x:65534:\n')
  archive.entry({ name: 'bin/busybox', mode: 0o755 }, program)
  for (const applet of stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')) {
    archive.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox' })
  }
  archive.finalize()
  return buffer(archive)
}
