import type { Finding } from '../../../shared/hints'
import type { Subject, Surroundings } from '../subject'
import {
  dockerSocketRule,
  hostNamespacesRule,
  networkSwitchRule,
  privilegedRule,
  publishedRule,
} from './exposure'
import { healthRule } from './health'
import { imageRule } from './image'
import { memoryRule, memorySumRule } from './memory'
import { restartLoopRule, restartPolicyRule } from './restarts'
import { layerDataRule, logRule } from './storage'

type Rule = (subject: Subject, around: Surroundings) => Finding | undefined

/** The most urgent rule first. */
const rules: readonly Rule[] = [
  restartLoopRule,
  restartPolicyRule,
  healthRule,
  memoryRule,
  layerDataRule,
  logRule,
  dockerSocketRule,
  privilegedRule,
  hostNamespacesRule,
  publishedRule,
  networkSwitchRule,
  memorySumRule,
  imageRule,
]

/** What the rules find in a container's setup, the most urgent first. */
export function findingsOf(subject: Subject, around: Surroundings): Finding[] {
  return rules.flatMap((rule) => rule(subject, around) ?? [])
}
