import { needsMachine, ok, warning, type Check } from '../check'

/** Which accelerator runs the machine, and why the faster ones were rejected. */
export const accelerator: Check = {
  id: 'accelerator',
  run({ machine, platform }) {
    const { accelerator: found } = machine.state
    if (found === undefined) return Promise.resolve(needsMachine)
    if (found.name !== 'tcg') return Promise.resolve(ok('accelerator.ok', { name: found.name }))
    // The finding's text puts its own full stop after QEMU's reason.
    const rejected = found.rejected
      .map(({ name, reason }) => `${name}: ${reason.replace(/\.$/, '')}`)
      .join('; ')
    return Promise.resolve(warning(`accelerator.emulated-${platform}`, { rejected }))
  },
}
