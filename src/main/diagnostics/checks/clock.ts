import { failed, ok, unanswering, type Check } from '../check'

/** The accepted difference, seconds. It can come from the round trip and from the guest's whole seconds. */
const tolerance = 2

/** Checks that the guest's clock agrees with the host's. */
export const clock: Check = {
  id: 'clock',
  async run(context, signal) {
    const reason = unanswering(context)
    if (reason) return reason
    const asked = Date.now()
    const { stdout } = await context.link.exec('date +%s', { signal })
    const now = (asked + Date.now()) / 2000
    const seconds = Math.abs(Number(stdout.trim()) + 0.5 - now)
    const params = { seconds: Math.ceil(seconds) }
    return seconds <= tolerance ? ok('clock.ok', params) : failed('clock.off', params, { fix: 'set-clock' })
  },
}
