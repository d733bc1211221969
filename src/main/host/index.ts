export { acquireAppLock, type AppLock } from './app-lock'
export { BoundedFile } from './bounded-file'
export { ClockWatch, type HostClocks } from './clock-watch'
export { FileWatch } from './file-watch'
export { createLog, type Logger, step } from './log'
export {
  berthFile,
  berthFiles,
  type BerthPaths,
  berthPaths,
  filesOfReset,
  guestImageFiles,
} from './berth-files'
export { isRunning, processIdentity, type ProcessIdentity } from './process-identity'
export { RecordFile } from './record-file'
export { fileError, isWritable, readTextFile, replaceTextFile, type TextFile, versionOf } from './text-file'
