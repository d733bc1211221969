import { type ApiServices, implementer } from './implementer'
import { changes } from './streams'

const { hints } = implementer

export function hintsRouter({ hints: service }: Pick<ApiServices, 'hints'>) {
  return hints.router({
    watch: hints.watch.handler(({ input, context, signal = context.connection.closed }) =>
      changes({ ...service.watch(input.id), signal, limit: 0 }),
    ),
    dismiss: hints.dismiss.handler(({ input: { dismissed, ...dismissal } }) =>
      service.dismiss(dismissal, dismissed),
    ),
    mend: hints.mend.handler(({ input }) => service.mend(input.id, input.rule)),
  })
}
