import { implementer } from './implementer'
import type { ApiServices } from './services'
import { latest } from './streams'

/** Lines of the serial console that the screen shows. */
const consoleLines = 200

export function machineRouter(services: Pick<ApiServices, 'machine' | 'onMachineState'>) {
  const { machine } = services
  return implementer.machine.router({
    watch: implementer.machine.watch.handler(({ context, signal = context.connection.closed }) =>
      latest(
        () => machine.state,
        (listener) => services.onMachineState(listener),
        signal,
      ),
    ),
    start: implementer.machine.start.handler(() => machine.start()),
    stop: implementer.machine.stop.handler(() => machine.stop()),
    useImage: implementer.machine.useImage.handler(({ input }) => machine.useImage(input.which)),
    console: implementer.machine.console.handler(() => machine.consoleTail(consoleLines)),
  })
}
