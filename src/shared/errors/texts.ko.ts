import type { ErrorTexts } from './berth-error'
import { appTextsKo } from './ko/app'
import { engineTextsKo } from './ko/engine'
import { machineTextsKo } from './ko/machine'
import { registryTextsKo } from './ko/registries'
import { toolsTextsKo } from './ko/tools'

/** 한국어 오류 문구: `what`은 무슨 일이 있었는지, `todo`는 무엇을 하면 되는지 말한다. */
export const errorTextsKo: ErrorTexts = {
  ...appTextsKo,
  ...machineTextsKo,
  ...engineTextsKo,
  ...registryTextsKo,
  ...toolsTextsKo,
}
