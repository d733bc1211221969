import { type ApiServices, implementer } from './implementer'
import { watching } from './streams'

const { changes } = implementer

export function changesRouter(services: ApiServices) {
  const { list } = services.changes
  return changes.router({
    watch: changes.watch.handler(watching(list, 'change', () => list.all)),
    run: changes.run.handler(({ input }) => ({ changeId: services.changes.run(input) })),
    editable: changes.editable.handler(({ input }) => services.changes.editable(input.id)),
    preview: changes.preview.handler(({ input: { id, request } }) => services.changes.preview(id, request)),
    edit: changes.edit.handler(async ({ input: { id, request } }) => ({
      changeId: await services.changes.edit(id, request),
    })),
    updateState: changes.updateState.handler(({ input: { id, ask } }) =>
      services.changes.updateState(id, ask),
    ),
    update: changes.update.handler(async ({ input: { id, pull } }) => ({
      changeId: await services.changes.update(id, pull),
    })),
    cancel: changes.cancel.handler(({ input }) => {
      list.cancel(input.changeId)
    }),
    dismiss: changes.dismiss.handler(({ input }) => {
      list.dismiss(input.changeId)
    }),
  })
}
