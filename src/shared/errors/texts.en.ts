import type { ErrorTexts } from './berth-error'
import { appTextsEn } from './en/app'
import { engineTextsEn } from './en/engine'
import { machineTextsEn } from './en/machine'
import { registryTextsEn } from './en/registries'
import { toolsTextsEn } from './en/tools'

/** `what` says what happened, `todo` what to do about it; `{name}` is filled from the error's parameters. */
export const errorTextsEn: ErrorTexts = {
  ...appTextsEn,
  ...machineTextsEn,
  ...engineTextsEn,
  ...registryTextsEn,
  ...toolsTextsEn,
}
