import { uploadPieceBytes } from '../../shared/contract'
import { implementer } from './implementer'
import type { ApiServices } from './services'

export function diagnosticsRouter({
  diagnostics,
  maintenance,
}: Pick<ApiServices, 'diagnostics' | 'maintenance'>) {
  return implementer.diagnostics.router({
    run: implementer.diagnostics.run.handler(({ context, signal = context.connection.closed }) =>
      diagnostics.run(signal),
    ),
    bundle: implementer.diagnostics.bundle.handler(({ context, signal = context.connection.closed }) =>
      pieces(diagnostics.bundle(signal)),
    ),
    fix: implementer.diagnostics.fix.handler(({ input }) => diagnostics.fix(input.action)),
    repair: implementer.diagnostics.repair.handler(() => maintenance.repair()),
    reset: implementer.diagnostics.reset.handler(({ input }) => maintenance.reset(input)),
  })
}

async function* pieces(bytes: Promise<Buffer>): AsyncGenerator<{ piece: string }, void> {
  const whole = await bytes
  for (let start = 0; start < whole.length; start += uploadPieceBytes)
    yield { piece: whole.subarray(start, start + uploadPieceBytes).toString('base64') }
}
