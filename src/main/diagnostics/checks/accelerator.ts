import { needsMachine, ok, warning, type Check } from '../check'

/** Reports which accelerator runs the machine, and why the faster ones were rejected. */
export const accelerator: Check = {
  id: 'accelerator',
  run({ machine, platform }) {
    const { accelerator: found } = machine.state
    if (found === undefined) return Promise.resolve(needsMachine)
    if (found.name !== 'tcg') return Promise.resolve(ok('accelerator.ok', { name: found.name }))
    // The full stop of each reason is removed, because the finding's text adds one.
    const rejected = found.rejected
      .map(({ name, reason }) => `${name}: ${reason.replace(/\.$/, '')}`)
      .join('; ')
    return Promise.resolve(warning(`accelerator.emulated-${platform}`, { rejected }))
  },
}
