import type { ForecastReason, ForecastRequest, ForecastStep, StepVerdict } from '../../shared/build-forecast'
import type { BuildRequest } from '../../shared/builds'
import { reasonText, stepLooks, type StatusLook } from './builds'
import { translate } from './i18n'

export const verdictLooks: Record<StepVerdict, StatusLook> = {
  cached: stepLooks.cached,
  runs: { icon: 'i-lucide-play', colour: 'text-warning', moving: false },
  unsure: { icon: 'i-lucide-circle-help', colour: 'text-muted', moving: false },
}

/** The part of a request that decides what the cache has. */
export function forecastRequest({
  folder,
  dockerfile,
  arguments: pairs,
  target,
  platform,
  noCache,
  pull,
}: Omit<BuildRequest, 'secrets' | 'tags'>): ForecastRequest {
  return { folder, dockerfile, arguments: pairs, target, platform, noCache, pull }
}

/** Why a step would run, or why Berth cannot tell, in the user's language. Empty for a step from the cache. */
export function forecastText({ verdict, reason }: Pick<ForecastStep, 'verdict' | 'reason'>): string {
  if (reason === null) return ''
  return verdict === 'unsure' ? unsureText(reason) : runsText(reason)
}

function unsureText(reason: ForecastReason): string {
  const text = (name: string, params: Record<string, string> = {}) =>
    translate(`builds.forecast.unsure.${name}`, params)
  switch (reason.kind) {
    case 'earlier-step':
      return text(reason.kind, { step: reason.step })
    case 'registry':
      return text(reason.kind, { image: reason.image })
    case 'address':
      return text(reason.kind, { address: reason.address })
    case 'files':
      return text(reason.kind, { names: reason.names.join(', ') })
    case 'unread':
      return text(reason.kind)
    default:
      return text('unknown')
  }
}

function runsText(reason: ForecastReason): string {
  if (reason.kind === 'registry' || reason.kind === 'address' || reason.kind === 'unread')
    return unsureText(reason)
  return reasonText(reason, (name, params = {}) => translate(`builds.forecast.runs.${name}`, params))
}
