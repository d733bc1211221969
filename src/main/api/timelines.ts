import { type ApiServices, implementer } from './implementer'
import { latest } from './streams'

const { timelines } = implementer

export function timelinesRouter({ timelines: service }: Pick<ApiServices, 'timelines'>) {
  return timelines.router({
    ofContainer: timelines.ofContainer.handler(
      ({ input: { id }, context, signal = context.connection.closed }) =>
        latest(service, 'change', () => ({ timelines: service.ofContainer(id) }), signal),
    ),
    ofProject: timelines.ofProject.handler(
      ({ input: { name }, context, signal = context.connection.closed }) =>
        latest(service, 'change', () => ({ timelines: service.ofProject(name) }), signal),
    ),
    watch: timelines.watch.handler(({ input: { id }, context, signal = context.connection.closed }) =>
      latest(service, 'change', () => ({ found: service.find(id) ?? null }), signal),
    ),
  })
}
