export { readCertificates } from './check'
export { Configuration } from './configuration'
export { moveDaemonFile } from './daemon-file-migration'
export { GuestFiles } from './guest-files'
