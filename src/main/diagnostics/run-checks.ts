import type { CheckResult } from '../../shared/diagnostics'
import { message, untilAborted } from '../lib'
import type { Logger } from '../host'
import { failed, warning, type Check, type DiagnosticsContext, type Outcome } from './check'

const defaultLimitMs = 15_000

/**
 * Runs all checks simultaneously and yields each result as soon as its check has ended. If a check takes too long or
 * throws, its result says so.
 * @throws the signal's reason
 */
export async function* runChecks(
  checks: readonly Check[],
  context: DiagnosticsContext,
  log: Logger,
  signal: AbortSignal,
): AsyncGenerator<CheckResult, void> {
  const running = new Map(checks.map((check) => [check, runCheck(check, context, log, signal)]))
  while (running.size > 0) {
    signal.throwIfAborted()
    const { check, result } = await Promise.race(running.values())
    running.delete(check)
    yield result
  }
}

async function runCheck(
  check: Check,
  context: DiagnosticsContext,
  log: Logger,
  signal: AbortSignal,
): Promise<{ check: Check; result: CheckResult }> {
  const started = Date.now()
  const outcome = await outcomeOf(check, context, log, signal)
  return { check, result: { check: check.id, ...outcome, milliseconds: Date.now() - started } }
}

async function outcomeOf(
  { id, limitMs = defaultLimitMs, run }: Check,
  context: DiagnosticsContext,
  log: Logger,
  signal: AbortSignal,
): Promise<Outcome> {
  const timeout = AbortSignal.timeout(limitMs)
  const end = AbortSignal.any([signal, timeout])
  try {
    return await untilAborted(run(context, end), end)
  } catch (error) {
    if (timeout.aborted) return warning('timeout', { seconds: limitMs / 1000 })
    if (!signal.aborted) log.warn({ check: id, err: error }, 'a diagnostic check failed')
    return failed('broken', {}, { detail: message(error) })
  }
}
