export * from './berth-error'
export * from './codes'
