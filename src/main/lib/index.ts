export { abortReason, delay, type Emits, sequencer, type Sequencer, untilAborted, within } from './async'
export { message, systemErrorCode } from './errors'
export { ensurePrivateFolder, exists, syncFolder, unwritable, writePrivateFile } from './files'
export {
  enoughSpace,
  fileSystemOf,
  freeBytes,
  isNoSpace,
  neededSpace,
  noSpaceError,
  spaceAgain,
} from './free-space'
export { JsonFile, jsonReason, readText } from './json-file'
export { freePort, listen } from './net'
export { listenForOnePeer, type OnePeer, type PeerAddress } from './one-peer'
export { findProgram, type ProgramSearch } from './program'
export { findStaticFile } from './static-files'
