import { EventEmitter, once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ContainerGroupList } from '../../../../src/main/containers/container-groups'
import type { EngineChange } from '../../../../src/main/engine/engine-state'
import type { Container } from '../../../../src/shared/containers'
import { silentLog } from '../../../support/fake-services'
import { container, snapshot } from '../../renderer/support'

class State extends EventEmitter<{ change: [EngineChange] }> {
  readonly containers = new Map<string, Container>()
}

describe('the groups of containers', () => {
  let home: string
  let state: State
  let list: ContainerGroupList

  async function open(): Promise<ContainerGroupList> {
    const opened = new ContainerGroupList({ home, log: silentLog, state })
    await once(opened, 'change')
    return opened
  }
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'berth-groups-'))
    state = new State()
    list = await open()
  })
  afterEach(() => rm(home, { recursive: true }))

  it('are the same after a restart of Berth', async () => {
    await list.move(['web', 'db'], 'shop')
    await list.pin(['db'], true)
    const expected = { groups: [{ name: 'shop', containers: ['web', 'db'] }], pinned: ['db'] }
    expect(list.current).toEqual(expected)
    expect((await open()).current).toEqual(expected)
  })

  it('contain a container once', async () => {
    await list.move(['web', 'db'], 'shop')
    await list.move(['db'], 'data')
    expect(list.current.groups).toEqual([
      { name: 'shop', containers: ['web'] },
      { name: 'data', containers: ['db'] },
    ])
    await list.move(['web'], null)
    await list.remove('data')
    expect(list.current.groups).toEqual([{ name: 'shop', containers: [] }])
    await list.pin(['web'], true)
    await list.pin(['web'], false)
    expect(list.current.pinned).toEqual([])
  })

  it('have different names', async () => {
    await list.move(['web'], 'a')
    await list.move(['db'], 'b')
    await expect(list.rename('a', 'b')).rejects.toMatchObject({ code: 'container.group-taken' })
    await expect(list.rename('gone', 'c')).rejects.toMatchObject({ code: 'container.group-missing' })
    await list.rename('a', 'c')
    expect(list.current.groups.map(({ name }) => name)).toEqual(['c', 'b'])
  })

  it('keep a name while its container is parked, and follow a replacement with another name', async () => {
    await list.move(['web'], 'shop')
    state.emit('change', snapshot({ containers: [container({ id: 'c1', name: 'web' })] }))
    for (const name of ['web-before-0123abcd', 'web'])
      state.emit('change', { type: 'container', container: container({ id: 'c1', name }) })
    await list.pin(['other'], true)
    expect(list.current.groups).toEqual([{ name: 'shop', containers: ['web'] }])
    await list.renamed('web', 'api')
    expect(list.current.groups).toEqual([{ name: 'shop', containers: ['api'] }])
  })

  it('keep a container that gets another name', async () => {
    await list.move(['web'], 'shop')
    await list.pin(['web'], true)
    state.emit('change', snapshot({ containers: [container({ id: 'c1', name: 'web' })] }))
    const renamed = new Promise<void>((resolve) => {
      list.on('change', () => {
        if (list.current.pinned.includes('shop-web')) resolve()
      })
    })
    state.emit('change', { type: 'container', container: container({ id: 'c1', name: 'shop-web' }) })
    await renamed
    expect(list.current).toEqual({
      groups: [{ name: 'shop', containers: ['shop-web'] }],
      pinned: ['shop-web'],
    })
  })

  it('stay if the file is broken, and are gone after a factory reset', async () => {
    const file = join(home, 'container-groups.json')
    await list.move(['web'], 'shop')
    const read = async () => {
      const changed = once(list, 'change')
      state.emit('change', snapshot())
      await changed
    }
    await writeFile(file, '{"groups":')
    await read()
    expect(list.current.groups).toHaveLength(1)
    await list.pin(['web'], true)
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(list.current)
    await rm(file)
    await read()
    expect(list.current).toEqual({ groups: [], pinned: [] })
  })
})
