import { initFlag, maxTransfer, opcode } from '../protocol/fuse'
import { refuse } from '../protocol/linux'
import * as attributes from './attributes'
import type { Operation } from './context'
import * as extendedAttributes from './extended-attributes'
import * as files from './files'
import * as folders from './folders'
import * as names from './names'
import { reply, replyEmpty } from './replies'

/** The operations that the server supports, by opcode. Each operation replies before it returns, or postpones its
 * request. */
export const operations: Readonly<Record<number, Operation>> = {
  [opcode.INIT]: initialise,
  [opcode.LOOKUP]: names.lookup,
  [opcode.GETATTR]: attributes.getAttributes,
  [opcode.SETATTR]: attributes.setAttributes,
  [opcode.READLINK]: names.readLink,
  [opcode.SYMLINK]: names.symlink,
  [opcode.MKNOD]: names.makeNode,
  [opcode.MKDIR]: names.makeFolder,
  [opcode.UNLINK]: names.remove,
  [opcode.RMDIR]: names.removeFolder,
  [opcode.RENAME]: names.rename,
  [opcode.RENAME2]: names.rename,
  [opcode.LINK]: names.link,
  [opcode.OPEN]: files.open,
  [opcode.CREATE]: files.create,
  [opcode.READ]: files.read,
  [opcode.WRITE]: files.write,
  [opcode.RELEASE]: files.release,
  [opcode.FSYNC]: files.sync,
  [opcode.FALLOCATE]: files.allocate,
  [opcode.GETXATTR]: extendedAttributes.get,
  [opcode.SETXATTR]: extendedAttributes.set,
  [opcode.LISTXATTR]: extendedAttributes.list,
  [opcode.REMOVEXATTR]: extendedAttributes.remove,
  [opcode.STATFS]: folders.statfs,
  [opcode.OPENDIR]: folders.openFolder,
  [opcode.READDIR]: folders.readFolder,
  [opcode.READDIRPLUS]: folders.readFolderPlus,
  [opcode.RELEASEDIR]: folders.releaseFolder,
  [opcode.FSYNCDIR]: folders.syncFolder,
  [opcode.SYNCFS]: replyEmpty,
  [opcode.DESTROY]: replyEmpty,
}

/** The kernel lists the features that it supports. The reply lists the features that the kernel may use. */
function initialise(...[context, request]: Parameters<Operation>): void {
  const { body } = request
  if (body.length < 16 || body.readUInt32LE(0) !== 7 || body.readUInt32LE(4) < 31) refuse('EINVAL')
  const wanted = Object.values(initFlag).reduce((flags, flag) => flags | flag, 0)
  reply(context, request, 64, (buffer, at) => {
    buffer.fill(0, at, at + 64)
    buffer.writeUInt32LE(7, at)
    buffer.writeUInt32LE(Math.min(38, body.readUInt32LE(4)), at + 4)
    buffer.writeUInt32LE(maxTransfer, at + 8)
    buffer.writeUInt32LE((body.readUInt32LE(12) & wanted) >>> 0, at + 12)
    buffer.writeUInt16LE(64, at + 16)
    buffer.writeUInt16LE(48, at + 18)
    buffer.writeUInt32LE(maxTransfer, at + 20)
    // The granularity of times, nanoseconds.
    buffer.writeUInt32LE(1, at + 24)
    buffer.writeUInt16LE(maxTransfer / 4096, at + 28)
    return undefined
  })
}
