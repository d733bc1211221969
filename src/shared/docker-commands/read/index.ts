export * from './read-result'
export { readRunLine } from './read-run-line'
export { composeServices, looksLikeCompose, readComposeService } from './read-compose'
