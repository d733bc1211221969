import { implementer } from './implementer'
import type { ApiServices } from './services'

export function diagnosticsRouter({ diagnostics }: Pick<ApiServices, 'diagnostics'>) {
  return implementer.diagnostics.router({
    run: implementer.diagnostics.run.handler(({ context, signal = context.connection.closed }) =>
      diagnostics.run(signal),
    ),
    fix: implementer.diagnostics.fix.handler(({ input }) => diagnostics.fix(input.action)),
  })
}
