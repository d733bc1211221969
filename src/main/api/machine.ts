import { Readable } from 'node:stream'
import { BerthError } from '../../shared/errors'
import type { CompactionProgress, CompactionResult } from '../../shared/disk'
import { type ApiServices, implementer } from './implementer'
import { progressThenResult, watching } from './streams'
import type { UnsavedTexts } from './unsaved-texts'

const { app, machine, disk, diagnostics } = implementer

/** Lines of the serial console that the window shows. */
const consoleLines = 200

export function appRouter({ host, info }: ApiServices, unsaved: UnsavedTexts) {
  return app.router({
    info: app.info.handler(() => info),
    unsaved: app.unsaved.handler(() => unsaved.names),
    reportUnsaved: app.reportUnsaved.handler(({ input, context }) => {
      unsaved.report(context.connection, input.names)
    }),
    quit: app.quit.handler(({ input }) => {
      if (!input.discard && unsaved.names.length > 0) throw new BerthError('app.unsaved-text')
      // Quitting closes the connection, so Berth sends the answer first.
      setImmediate(() => {
        host.quit()
      })
    }),
  })
}

export function machineRouter(services: ApiServices) {
  return machine.router({
    watch: machine.watch.handler(watching(services.machine, 'state', () => services.machine.state)),
    start: machine.start.handler(() => services.machine.start()),
    stop: machine.stop.handler(() => services.machine.stop()),
    useImage: machine.useImage.handler(({ input }) => services.machine.useImage(input.which)),
    console: machine.console.handler(() => services.machine.consoleTail(consoleLines)),
  })
}

export function diskRouter({ maintenance, ...services }: ApiServices) {
  return disk.router({
    usage: disk.usage.handler(() => services.disk.usage()),
    space: disk.space.handler(() => services.disk.space()),
    reclaim: disk.reclaim.handler(({ input }) => services.disk.reclaim(input.target)),
    compact: disk.compact.handler(({ context, signal = context.connection.closed }) =>
      progressThenResult<CompactionProgress, CompactionResult>({
        first: { step: 'stop', percent: 0 },
        work: (report, aborted) => maintenance.compact(report, aborted),
        signal,
      }),
    ),
  })
}

export function diagnosticsRouter({ maintenance, ...services }: ApiServices) {
  return diagnostics.router({
    run: diagnostics.run.handler(({ context, signal = context.connection.closed }) =>
      services.diagnostics.run(signal),
    ),
    bundle: diagnostics.bundle.handler(({ context }) =>
      services.downloads.offer(context.connection, {
        // Sweden writes dates as YYYY-MM-DD.
        name: `berth-support-${new Date().toLocaleDateString('sv')}.tar.gz`,
        open: async (signal) => Readable.from([await services.diagnostics.bundle(signal)]),
      }),
    ),
    fix: diagnostics.fix.handler(({ input }) => services.diagnostics.fix(input.action)),
    repair: diagnostics.repair.handler(() => maintenance.repair()),
    reset: diagnostics.reset.handler(({ input }) => maintenance.reset(input)),
  })
}
