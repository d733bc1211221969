export { encodedText, fileBytes, openIsolation, readAnswer, readJson } from './guest-program'
export { Isolation } from './isolation'
export { emptySteps } from './layers'
