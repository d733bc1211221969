export { readCertificates } from './certificates'
export { Configuration } from './configuration'
export { moveDaemonFile } from './daemon-file'
export { GuestFiles } from './guest-files'
