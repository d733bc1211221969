import { needsMachine, ok, warning, type Check } from '../check'

/** Checks that every published port is open on the host. */
export const ports: Check = {
  id: 'ports',
  run({ ports: { forwards }, link }) {
    if (!link.isUp) return Promise.resolve(needsMachine)
    if (forwards.length === 0) return Promise.resolve(ok('ports.none'))
    const closed = forwards.filter(({ state }) => state === 'failed')
    if (closed.length === 0) return Promise.resolve(ok('ports.ok', { count: forwards.length }))
    const list = closed.map(({ binding, address, error }) => {
      const owner = error?.params.owner
      const port = `${address}:${binding.hostPort}/${binding.protocol}`
      return owner === undefined ? port : `${port} (${owner})`
    })
    return Promise.resolve(
      warning('ports.failed', { count: closed.length, list: list.join(', ') }, { fix: 'open-ports' }),
    )
  },
}
