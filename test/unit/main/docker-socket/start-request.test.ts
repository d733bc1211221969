import { describe, expect, it } from 'vitest'
import { publishedPortsInterceptor } from '../../../../src/main/docker-socket/start-request'
import type { Publishing } from '../../../../src/main/engine/containers'
import type { PortBinding } from '../../../../src/shared/ports'

const ports: PortBinding[] = [{ hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' }]

function recorded(container: Publishing | undefined) {
  const calls: unknown[] = []
  const interceptor = publishedPortsInterceptor({
    findContainer: () => Promise.resolve(container),
    ports: {
      reserve: (bindings, id) => {
        calls.push(['reserve', bindings, id])
        return Promise.resolve({
          settle: () => {
            calls.push('settle')
            return Promise.resolve()
          },
          handOver: () => undefined,
        })
      },
    },
    watchOutput: (id) => {
      calls.push(['watch', id])
      return Promise.resolve()
    },
    refreshContainer: (id) => {
      calls.push(['refresh', id])
      return Promise.resolve()
    },
  })
  const start = (path: string) =>
    interceptor.before?.((interceptor.path.exec(path) ?? []).slice(1), {
      method: 'POST',
      path,
      query: new URLSearchParams(),
    })
  return { calls, interceptor, start }
}

describe('the ports of a container that a docker client starts', () => {
  it('are reserved before the start, and stay open for the container after the start', async () => {
    const { calls, start } = recorded({ id: 'abc', ports, publishes: true })
    const after = await start('/containers/web/start')
    expect(calls).toEqual([
      ['watch', 'abc'],
      ['reserve', ports, 'abc'],
    ])
    await after?.()
    expect(calls.slice(2)).toEqual([['refresh', 'abc'], 'settle'])
  })

  it.each([undefined, { id: 'abc', ports: [], publishes: false }])(
    'are not reserved if the container does not exist or publishes no ports',
    async (container) => {
      const { calls, start } = recorded(container)
      expect(await start('/containers/web/restart')).toBeUndefined()
      // Berth watches the output of a container even if the container publishes no ports.
      expect(calls).toEqual(container === undefined ? [] : [['watch', 'abc']])
    },
  )

  it('are reserved only by a start and a restart', () => {
    const { interceptor } = recorded(undefined)
    for (const path of ['/containers/create', '/containers/a/stop', '/exec/1/start', '/containers/a/b/start'])
      expect(interceptor.path.test(path)).toBe(false)
  })
})
