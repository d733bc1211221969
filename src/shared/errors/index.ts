export * from './berth-error'
export * from './codes'
export { errorTextsEn } from './texts.en'
export { errorTextsKo } from './texts.ko'
