export { readCertificates } from './validate-settings'
export { Configuration } from './configuration'
export { moveDaemonFile } from './daemon-file-migration'
export { GuestFiles } from './guest-files'
