import { createPinia } from 'pinia'
import { describe, expect, it, vi } from 'vitest'
import { createApp, ref } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import {
  isApplicable,
  isAvailable,
  runCommand,
  type ObjectCommand,
} from '../../../../src/renderer/commands/command'
import { useGlobalCommands } from '../../../../src/renderer/commands/global-commands'
import { keyHelp } from '../../../../src/renderer/commands/key-help'
import { useObjectCommands } from '../../../../src/renderer/commands/object-commands'
import { groupContainers } from '../../../../src/renderer/lib/container-groups'
import { wholeImage } from '../../../../src/renderer/lib/images'
import { useBusy } from '../../../../src/renderer/stores/busy'
import { en } from '../../../../src/shared/i18n/en'
import { ko } from '../../../../src/shared/i18n/ko'
import { container, image, network, volume } from '../support'

vi.mock('../../../../src/renderer/api', () => ({
  api: {},
  connection: { onChange: () => undefined },
  useWatch: () => undefined,
  useWatched: () => ref(),
  toBerthError: (error: unknown) => error,
  saveDownload: () => undefined,
}))
vi.mock('../../../../src/renderer/stores/notifications', () => ({
  useNotifications: () => ({ failure: () => undefined }),
}))
vi.mock('../../../../src/renderer/stores/preferences', () => ({
  usePreferences: () => ({ language: 'en', setTheme: () => undefined, setLanguage: () => undefined }),
}))
vi.mock('../../../../src/renderer/stores/terminals', () => ({
  useTerminals: () => ({ openWindow: () => undefined }),
}))

const app = createApp({})
app.use(createPinia())
app.use(createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: {} }] }))
const { objects, globals } = app.runWithContext(() => ({
  objects: useObjectCommands(),
  globals: useGlobalCommands(),
}))
const looks = [...Object.values(objects).flat(), ...globals.value]

function textOf(catalogue: object, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], catalogue)
}

describe('the registry', () => {
  it('has each id once', () => {
    const ids = looks.map(({ id }) => id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  it('has texts in both languages, also for all keys', () => {
    const keys = Object.values(keyHelp).flatMap((some) => some.map(({ text }) => `commands.keys.${text}`))
    const missing = [...looks.map(({ text }) => text), ...keys].filter(
      (key) => typeof textOf(en.app, key) !== 'string' || typeof textOf(ko.app, key) !== 'string',
    )
    expect(missing).toEqual([])
  })

  it('gives no keys twice, and no keys that begin other keys', () => {
    const all = globals.value.flatMap(({ keys }) => keys ?? [])
    const clashes = all.filter((keys, index) =>
      all.some((other, at) => at !== index && (other === keys || other.startsWith(`${keys} `))),
    )
    expect(clashes).toEqual([])
  })

  it('has one command that opens the object, for each kind with a page', () => {
    for (const [kind, commands] of Object.entries(objects).filter(([kind]) => kind !== 'selection'))
      expect({ kind, opening: commands.filter(({ opens }) => opens).length }).toEqual({ kind, opening: 1 })
  })
})

describe('a command', () => {
  const names = <T>(commands: readonly ObjectCommand<T>[], object: T, live = true) =>
    commands.filter((command) => isAvailable(command, object, live)).map(({ id }) => id.replace(/^\w+\./, ''))

  it('is available only in the states of a container that allow it', () => {
    const running = names(objects.container, container({ state: 'running' }))
    expect(running).toEqual(expect.arrayContaining(['stop', 'restart', 'pause', 'kill', 'shell', 'remove']))
    expect(running).not.toContain('start')
    const paused = names(objects.container, container({ state: 'paused' }))
    expect(paused).toEqual(expect.arrayContaining(['unpause', 'stop']))
    expect(paused).not.toContain('shell')
    const exited = names(objects.container, container({ state: 'exited' }))
    expect(exited).toEqual(expect.arrayContaining(['start', 'attach', 'restart']))
    expect(exited).not.toContain('stop')
  })

  it('waits while another action on the object is running', () => {
    const busy = container({ id: 'b'.repeat(64) })
    app.runWithContext(() => useBusy()).containers = new Set([busy.id])
    expect(names(objects.container, busy)).not.toContain('stop')
    expect(names(objects.container, container())).toContain('stop')
  })

  it('needs the engine, unless it only shows or copies something', () => {
    expect(names(objects.image, wholeImage(image()), false)).toEqual(['details', 'copy-id'])
    expect(names(objects.volume, volume(), false)).toEqual(['open', 'copy-name'])
  })

  it('does not exist where it makes no sense', () => {
    const remove = objects.network.find(({ id }) => id === 'network.remove')
    if (remove === undefined) throw new Error('no such command')
    expect(isApplicable(remove, network({ name: 'bridge' }))).toBe(false)
    expect(isApplicable(remove, network())).toBe(true)
    expect(names(objects.container, container({ image: `sha256:${'1'.repeat(64)}` }))).not.toContain('update')
  })

  it('of a compose project depends on its containers', () => {
    const labels = { 'com.docker.compose.project': 'shop' }
    const [project] = groupContainers([container({ labels, state: 'exited' })], { groups: [] }).values()
    if (project === undefined) throw new Error('no project')
    expect(names(objects.project, project)).toEqual(['open', 'containers', 'start', 'restart', 'remove'])
  })

  it('of the user’s group or a selection acts on all its containers', () => {
    const members = [container({ name: 'a', state: 'exited' }), container({ name: 'b', state: 'running' })]
    const [group] = groupContainers(members, { groups: [{ name: 'tools', containers: ['a', 'b'] }] }).values()
    if (group === undefined) throw new Error('no group')
    const changes = ['start', 'stop', 'restart', 'pause']
    expect(names(objects.group, group)).toEqual(['open', ...changes, 'rename', 'dissolve', 'remove'])
    expect(names(objects.group, { ...group, members: [] })).toEqual(['open', 'rename', 'dissolve'])
    expect(names(objects.group, group, false)).toEqual(['open', 'rename', 'dissolve'])
    expect(names(objects.selection, members)).toEqual([...changes, 'remove', 'group', 'command', 'clear'])
  })

  it('runs only if the state allows it', () => {
    const ran: string[] = []
    const command: ObjectCommand<{ name: string; open: boolean }> = {
      id: 'thing.close',
      text: 'action.close',
      icon: '',
      section: 1,
      enabled: ({ open }) => open,
      run: ({ name }) => ran.push(name),
    }
    runCommand([command], 'thing.close', { name: 'a', open: true })
    runCommand([command], 'thing.close', { name: 'b', open: false })
    expect(ran).toEqual(['a'])
  })
})
