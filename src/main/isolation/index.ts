export { invalid, openIsolation, readJson } from './guest-program'
export { Isolation } from './isolation'
export { emptySteps } from './layers'
