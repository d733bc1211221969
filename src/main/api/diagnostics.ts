import { uploadPieceBytes } from '../../shared/contract'
import { implementer } from './implementer'
import type { ApiServices } from './services'

export function diagnosticsRouter({ diagnostics }: Pick<ApiServices, 'diagnostics'>) {
  return implementer.diagnostics.router({
    run: implementer.diagnostics.run.handler(({ context, signal = context.connection.closed }) =>
      diagnostics.run(signal),
    ),
    bundle: implementer.diagnostics.bundle.handler(({ context, signal = context.connection.closed }) =>
      pieces(diagnostics.bundle(signal)),
    ),
    fix: implementer.diagnostics.fix.handler(({ input }) => diagnostics.fix(input.action)),
  })
}

async function* pieces(bytes: Promise<Buffer>): AsyncGenerator<{ piece: string }, void> {
  const whole = await bytes
  for (let start = 0; start < whole.length; start += uploadPieceBytes)
    yield { piece: whole.subarray(start, start + uploadPieceBytes).toString('base64') }
}
