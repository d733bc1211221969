export * from './checks'
export { findings, type Finding, type FindingText } from './findings'
