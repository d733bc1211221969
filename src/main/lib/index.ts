export { abortReason, delay, type Emits, sequencer, type Sequencer, untilAborted, within } from './async'
export { message, systemErrorCode } from './errors'
export {
  ensurePrivateFolder,
  exists,
  folderNames,
  fromHome,
  readAtMost,
  readText,
  replaceFile,
  swapIn,
  syncFolder,
  toHome,
  unlessAbsent,
  unwritable,
  writePrivateFile,
} from './files'
export {
  enoughSpace,
  fileSystemOf,
  freeBytes,
  isNoSpace,
  neededSpace,
  noSpaceError,
  spaceAgain,
} from './free-space'
export {
  containerStats,
  diskSerial,
  fromAgent,
  fwCfg,
  guestNetwork,
  guestPath,
  hostNames,
  imageFile,
  jobType,
  kernelOption,
  manifestFormat,
  mountAgent,
  releaseFile,
  replayOperation,
  socketRelay,
  toAgent,
} from './guest-constants'
export { JsonFile, jsonReason } from './json-file'
export { bind, freePort, listen, socketPathBytes } from './net'
export { listenForOnePeer, type OnePeer, peerFolderName, type PeerAddress } from './one-peer'
export { type HostPort, portError, portTaken, probePort } from './port-errors'
export { procNetAddress } from './proc-net'
export {
  findProgram,
  type ProgramSearch,
  programOutput,
  runProgram,
  shellCommand,
  shellQuoted,
} from './program'
export { findStaticFile, type StaticFile } from './static-files'
export { firstLine, join, type JoinOptions, readLines } from './streams'
export { withoutUserInfo } from './user-info'
