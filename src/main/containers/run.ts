import type { RunRequest } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { Engine, EngineState, PortPublisher, PortReservation } from '../engine'

/** The engine's part in it. */
export interface RunEngine {
  readonly containers: Pick<Engine['containers'], 'get' | 'create' | 'start' | 'restart' | 'remove'>
  readonly images: Pick<Engine['images'], 'get'>
  readonly volumes: Pick<Engine['volumes'], 'find' | 'remove'>
}

export interface RunServices {
  engine: RunEngine
  ports: PortPublisher
  state: Pick<EngineState, 'refreshContainer'>
  /** Where a path of the host stands in the machine. Rejects when it is not shared, or not there. */
  bindSource(hostPath: string): Promise<string>
}

/**
 * `docker run -d`: the host's ports are opened first, then the container is made and started. When a step fails,
 * what the steps before it made (ports, volumes, the container) is undone and the step's error is thrown.
 */
export async function runContainer(services: RunServices, request: RunRequest): Promise<{ id: string }> {
  const { engine, ports } = services
  const inMachine = await withBindSources(services, request)
  await engine.images.get(request.image)
  const reservation = await ports.reserve(request.ports)
  const newVolumes = await missingVolumes(engine, request)
  let id: string | undefined
  try {
    id = (await engine.containers.create(inMachine)).id
    await engine.containers.start(id)
  } catch (error) {
    await Promise.allSettled([reservation.settle(), discard(engine, id, newVolumes)])
    throw error
  }
  await settle(services, reservation, id)
  return { id }
}

async function withBindSources(services: RunServices, request: RunRequest): Promise<RunRequest> {
  if (!request.binds) return request
  const binds = await Promise.all(
    request.binds.map(async (bind) => ({ ...bind, hostPath: await services.bindSource(bind.hostPath) })),
  )
  return { ...request, binds }
}

/** Starts a container that exists. Fails before the start when one of its ports is taken on the host. */
export async function startContainer(services: RunServices, id: string): Promise<void> {
  await withPorts(services, id, () => services.engine.containers.start(id))
}

/** Stops and starts a container, holding its host ports meanwhile. */
export async function restartContainer(services: RunServices, id: string): Promise<void> {
  await withPorts(services, id, () => services.engine.containers.restart(id))
}

async function withPorts(services: RunServices, id: string, action: () => Promise<void>): Promise<void> {
  const container = await services.engine.containers.get(id)
  const reservation = await services.ports.reserve(container.ports, container.id)
  try {
    await action()
  } finally {
    await settle(services, reservation, container.id)
  }
}

/** The state is brought up to date first: what it does not yet know as running would lose its ports again. */
async function settle({ state }: RunServices, reservation: PortReservation, id: string): Promise<void> {
  await state.refreshContainer(id)
  await reservation.settle()
}

async function missingVolumes(engine: RunEngine, request: RunRequest): Promise<string[]> {
  const names = [...new Set(request.volumes.map(({ volume }) => volume))].filter((name) => name !== '')
  const found = await Promise.all(names.map((name) => engine.volumes.find(name)))
  return names.filter((_, index) => found[index] === undefined)
}

/** Removes a container that did not start, and the volumes that were made for it. */
async function discard(engine: RunEngine, id: string | undefined, volumes: string[]): Promise<void> {
  if (id !== undefined)
    await ignoringMissing(() => engine.containers.remove(id, { force: true, volumes: true }))
  for (const volume of volumes) await ignoringMissing(() => engine.volumes.remove(volume))
}

/** An auto-removed container is gone, or going, already. */
async function ignoringMissing(remove: () => Promise<void>): Promise<void> {
  try {
    await remove()
  } catch (error) {
    const gone: BerthError['code'][] = ['container.not-found', 'volume.not-found']
    if (!(error instanceof BerthError && gone.includes(error.code))) throw error
  }
}
