import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'

/**
 * Packs a root file system whose only program is `/app/sleep`. It has no shell, and no program that a shell could run.
 * Needs the package busybox-static.
 */
export async function shellLessTar(): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name: 'app/', type: 'directory', mode: 0o755 })
  archive.entry({ name: 'app/sleep', mode: 0o755 }, await readFile('/bin/busybox'))
  archive.entry({ name: 'etc/', type: 'directory', mode: 0o755 })
  archive.entry({ name: 'etc/passwd' }, 'root:x:0:0::/:\nworker:x:1000:1000::/data:\n\u202E<b>:x:7:7::/:\n')
  archive.entry({ name: 'etc/group' }, 'root:x:0:\nstaff:x:50:worker\n')
  archive.entry({ name: 'data/', type: 'directory', mode: 0o755, uid: 1000, gid: 1000 })
  archive.entry({ name: 'kept/', type: 'directory', mode: 0o755 })
  archive.entry({ name: 'private/', type: 'directory', mode: 0o700 })
  archive.entry({ name: 'link', type: 'symlink', linkname: '/data' })
  archive.entry({ name: 'note with space' }, 'hello from the image\n')
  archive.finalize()
  return buffer(archive)
}
