export * from './berth-error'
export * from './codes'
export * from './error-schema'
