import { EventEmitter } from 'node:events'
import { containerGroupsSchema, type ContainerGroups } from '../../shared/container-groups'
import { BerthError } from '../../shared/errors'
import { isParkedName } from '../../shared/parked-names'
import type { EngineChange, EngineState } from '../engine'
import { berthFile, type Logger } from '../host'
import { type Emits, JsonFile, jsonReason, sequencer } from '../lib'

export interface ContainerGroupListOptions {
  /** Berth's home folder. */
  home: string
  log: Logger
  state: Pick<EngineState, 'containers'> & Emits<'change', [EngineChange]>
}

const nothing: ContainerGroups = { groups: [], pinned: [] }

/**
 * The user's groups of containers, and the pinned containers. A file of Berth keeps them, so that all windows show the
 * same groups. `change` is emitted after each change. The file is read again whenever Berth connects to the engine,
 * because a factory reset removes the file.
 */
export class ContainerGroupList extends EventEmitter<{ change: [] }> {
  readonly #log: Logger
  readonly #file: JsonFile<ContainerGroups>
  /** Runs the changes of the file one after the other. */
  readonly #inTurn = sequencer()
  /** The last known name of each container, by id. A new name shows that the container was renamed. */
  readonly #names = new Map<string, string>()
  #current = nothing

  constructor({ home, log, state }: ContainerGroupListOptions) {
    super()
    this.setMaxListeners(0)
    this.#log = log
    this.#file = new JsonFile({ path: berthFile({ home }, 'containerGroups'), schema: containerGroupsSchema })
    void this.#read()
    state.on('change', (change) => {
      this.#follow(change)
    })
  }

  get current(): ContainerGroups {
    return this.#current
  }

  /**
   * Pins containers, or unpins them.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  pin(names: readonly string[], pinned: boolean): Promise<void> {
    return this.#change(({ groups, pinned: before }) => {
      const others = before.filter((name) => !names.includes(name))
      return { groups, pinned: pinned ? [...others, ...new Set(names)] : others }
    })
  }

  /**
   * Moves containers into a group, and makes the group if it does not exist. `null` takes them out of their groups.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  move(names: readonly string[], group: string | null): Promise<void> {
    return this.#change(({ groups, pinned }) => {
      const known = groups.some(({ name }) => name === group)
      const all = group === null || known ? groups : [...groups, { name: group, containers: [] }]
      return {
        pinned,
        groups: all.map(({ name, containers }) => {
          const others = containers.filter((container) => !names.includes(container))
          return { name, containers: name === group ? [...others, ...new Set(names)] : others }
        }),
      }
    })
  }

  /**
   * Renames a group.
   * @throws BerthError container.group-taken, container.group-missing; host.no-space, host.folder-unwritable
   */
  rename(group: string, to: string): Promise<void> {
    return this.#change(({ groups, pinned }) => {
      if (!groups.some(({ name }) => name === group))
        throw new BerthError('container.group-missing', { group })
      if (group !== to && groups.some(({ name }) => name === to))
        throw new BerthError('container.group-taken', { group: to })
      return { pinned, groups: groups.map((one) => (one.name === group ? { ...one, name: to } : one)) }
    })
  }

  /**
   * Removes a group. Its containers stay.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  remove(group: string): Promise<void> {
    return this.#change(({ groups, pinned }) => ({
      pinned,
      groups: groups.filter(({ name }) => name !== group),
    }))
  }

  /** Follows the engine's containers, so that a renamed container stays in its group. */
  #follow(change: EngineChange): void {
    if (change.type === 'snapshot') {
      this.#names.clear()
      for (const { id, name } of change.containers) this.#names.set(id, name)
      void this.#read()
    } else if (change.type === 'container-removed') this.#names.delete(change.id)
    else if (change.type === 'container') {
      const { id, name } = change.container
      const before = this.#names.get(id)
      // This is the old container of an edit. Its place in the group belongs to the new container of this name.
      if (before !== undefined && isParkedName(name, before)) return
      this.#names.set(id, name)
      if (before !== undefined && before !== name) void this.renamed(before, name)
    }
  }

  /** Gives a container's place in its group, and its pin, to another name. Never rejects. */
  async renamed(before: string, name: string): Promise<void> {
    const replaced = (names: readonly string[]) => names.map((one) => (one === before ? name : one))
    const isNamed = ({ groups, pinned }: ContainerGroups) =>
      pinned.includes(before) || groups.some(({ containers }) => containers.includes(before))
    if (!isNamed(this.#current)) return
    try {
      await this.#change(({ groups, pinned }) => ({
        pinned: replaced(pinned),
        groups: groups.map((group) => ({ ...group, containers: replaced(group.containers) })),
      }))
    } catch (error) {
      this.#log.warn({ error: String(error) }, 'could not rename a container in its group')
    }
  }

  #change(change: (before: ContainerGroups) => ContainerGroups): Promise<void> {
    return this.#inTurn(async () => {
      const next = change(this.#current)
      await this.#file.write(next)
      this.#current = next
      this.emit('change')
    })
  }

  #read(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        this.#current = (await this.#file.read()) ?? nothing
      } catch (error) {
        this.#log.warn({ reason: jsonReason(error) }, 'could not read the groups of containers')
      }
      this.emit('change')
    })
  }
}
