import { stepsFor, type Step } from './changes'
import type { HelperJobs } from './helper-jobs'
import { DepartureHall } from './moves'
import type { Node, NodeTable } from '../tree/nodes'
import type { PathStyle } from '../tree/names'
import type { Replay, Replays } from './replays'
import type { FolderWatches, NameChange } from './watches'

/** Where news of the host's changes goes: the guest's kernel, and programs in the machine. */
export interface NewsServices {
  readonly nodes: NodeTable
  readonly watches: FolderWatches
  readonly replays: Replays
  readonly jobs: HelperJobs
  readonly style: PathStyle
  /** There is something to send. */
  onOutput: () => void
}

/** Tells the machine what the host has done to what it knows. */
export class News {
  readonly #hall = new DepartureHall(() => {
    this.tell([])
  })
  #departures: readonly NameChange[] = []

  constructor(private readonly services: NewsServices) {}

  tell(changes: readonly NameChange[]): void {
    const { replays, watches, onOutput } = this.services
    for (const departure of this.#departures) replays.announce(departure, -1)
    const { ready, held } = this.#hall.join(changes)
    const { steps, again } = stepsFor(ready)
    for (const step of steps) this.#take(step)
    // The kernel forgets it at once, and does not remember that it is gone before programs have been told.
    for (const { folder, name } of held) this.#take({ kind: 'forget-name', folder, name })
    this.#departures = held
    for (const departure of held) replays.announce(departure, 1)
    for (const change of again) watches.lookAgain(change)
    onOutput()
  }

  /** The folder is another one now, or is not watched any more: the guest is to ask for all that is in it. */
  lost(folder: Node): void {
    const { jobs, onOutput } = this.services
    this.#unwatchBelow(folder)
    folder.told = undefined
    jobs.forgetNode(folder.id, false)
    onOutput()
  }

  close(): void {
    this.#hall.close()
  }

  #take(step: Step): void {
    const { jobs, style } = this.services
    switch (step.kind) {
      case 'forget-name':
        jobs.forgetName(step.folder.id, style.encode(step.name))
        return
      case 'forget-attributes':
      case 'forget-content':
        step.node.told = undefined
        step.node.stored = undefined
        jobs.forgetNode(step.node.id, step.kind === 'forget-content')
        return
      case 'unwatch':
        this.#unwatchBelow(step.node)
        return
      case 'replay':
        jobs.replay(step.replay)
    }
  }

  /** The kernel may go on with what it holds of the folder: it has to ask again, which has it watched again. */
  #unwatchBelow(node: Node): void {
    const { watches, jobs, style } = this.services
    for (const name of watches.missingNames(node)) jobs.forgetName(node.id, style.encode(name))
    watches.unwatch(node)
    for (const [name, child] of node.children) {
      jobs.forgetName(node.id, style.encode(name))
      this.#take({ kind: 'forget-content', node: child })
      if (child.isDirectory) this.#unwatchBelow(child)
    }
  }
}

/** A replay's paths below the mount's root, as they are now. @throws Refusal ESTALE for a folder that is gone */
export function replayPaths(
  { nodes, style }: Pick<NewsServices, 'nodes' | 'style'>,
  { folder, name, to }: Replay,
): [Buffer, Buffer] {
  const path = (parent: Node, last: string) =>
    style.encode([parent.share.id, ...nodes.names(parent), last].join('/'))
  return [path(folder, name), to ? path(to.folder, to.name) : Buffer.alloc(0)]
}
