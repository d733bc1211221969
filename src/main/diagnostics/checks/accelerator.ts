import { needsMachine, ok, warning, type Check } from '../check'

/** What runs the guest's instructions, and why the faster ones were refused. */
export const accelerator: Check = {
  id: 'accelerator',
  run({ machine, platform }) {
    const { accelerator: found } = machine.state
    if (found === undefined) return Promise.resolve(needsMachine)
    if (found.name !== 'tcg') return Promise.resolve(ok('accelerator.ok', { name: found.name }))
    // The finding's own full stop follows QEMU's words.
    const rejected = found.rejected
      .map(({ name, reason }) => `${name}: ${reason.replace(/\.$/, '')}`)
      .join('; ')
    return Promise.resolve(warning(`accelerator.emulated-${platform}`, { rejected }))
  },
}
