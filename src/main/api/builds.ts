import type { Build } from '../../shared/builds'
import { BerthError } from '../../shared/errors'
import { type ApiServices, implementer } from './implementer'
import { latest, watching } from './streams'

const { builds } = implementer

export function buildsRouter({ builds: service }: ApiServices) {
  const watch = watching(service, 'change', () => service.list)
  return builds.router({
    watch: builds.watch.handler((call) => {
      void service.refresh()
      return watch(call)
    }),
    follow: builds.follow.handler(({ input, context, signal = context.connection.closed }) =>
      follow(service, input.id, signal),
    ),
    output: builds.output.handler(({ input: { id, stepId, from } }) => service.output(id, stepId, from)),
    start: builds.start.handler(({ input }) => service.start(input)),
    forecast: builds.forecast.handler(({ input, signal }) => service.forecast(input, signal)),
    cancel: builds.cancel.handler(({ input }) => service.cancel(input.id)),
  })
}

/**
 * Yields a build now and after each change.
 * @throws BerthError build.not-found, also later, when neither Berth nor the engine's history has the build any more
 */
async function* follow(
  service: ApiServices['builds'],
  id: string,
  signal: AbortSignal,
): AsyncGenerator<Build, void> {
  const changes = latest(service, 'change', () => service.list, signal)
  const detach = service.attach(id)
  try {
    yield await service.find(id)
    for await (const list of changes) {
      if (!list.some((build) => build.id === id)) throw new BerthError('build.not-found')
      yield await service.find(id)
    }
  } finally {
    detach()
  }
}
