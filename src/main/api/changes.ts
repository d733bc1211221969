import { type ApiServices, implementer } from './implementer'

const { changes } = implementer

export function changesRouter(services: ApiServices) {
  return changes.router({
    run: changes.run.handler(({ input: { request, sentAt } }) => ({
      taskId: services.changes.run(request, sentAt),
    })),
    editable: changes.editable.handler(({ input }) => services.changes.editable(input.id)),
    preview: changes.preview.handler(({ input: { id, request } }) => services.changes.preview(id, request)),
    edit: changes.edit.handler(async ({ input: { id, request } }) => ({
      taskId: await services.changes.edit(id, request),
    })),
    updateState: changes.updateState.handler(({ input: { id, ask } }) =>
      services.changes.updateState(id, ask),
    ),
    update: changes.update.handler(async ({ input: { id, pull } }) => ({
      taskId: await services.changes.update(id, pull),
    })),
    moveState: changes.moveState.handler(({ input: { id, folder } }) =>
      services.changes.moveState(id, folder),
    ),
    move: changes.move.handler(async ({ input: { id, folder, volume } }) => ({
      taskId: await services.changes.move(id, folder, volume),
    })),
  })
}
