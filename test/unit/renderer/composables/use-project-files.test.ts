import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, onScopeDispose, ref } from 'vue'
import { useProjectFiles } from '../../../../src/renderer/composables/use-project-files'
import { useFileDrafts } from '../../../../src/renderer/stores/file-drafts'

interface Entry {
  path: string
}
/** The open streams by the folder or path that they are about, with what receives their values. */
const streams = vi.hoisted(() => new Map<string, (value: unknown) => void>())

vi.mock('../../../../src/renderer/api', () => ({
  toBerthError: (error: unknown) => error,
  useWatch: (open: (signal: AbortSignal) => string, onValue: (value: unknown) => void) => {
    const name = open(new AbortController().signal)
    streams.set(name, onValue)
    onScopeDispose(() => streams.delete(name))
  },
  api: {
    projectFiles: {
      list: ({ folder }: { folder: string }) => folder,
      watch: ({ path }: Entry) => path,
      read: () => Promise.resolve({ text: 'one', version: 'one', writable: true }),
    },
  },
}))
vi.mock('../../../../src/renderer/stores/unsaved', () => ({ useUnsaved: () => ({ set: () => undefined }) }))
vi.mock('../../../../src/renderer/stores/engine', () => ({ useEngine: () => ({ images: new Map() }) }))

const compose = '/app/compose.yaml'
const variables = '/app/.env'

describe('the files of a project', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    streams.clear()
  })
  function open() {
    const project = ref({ folder: '/app', files: [compose], includes: [] as string[] })
    const drafts = useFileDrafts()
    const found = effectScope().run(() => useProjectFiles(() => project.value))
    if (found === undefined) throw new Error('The scope has ended')
    const list = (folder: string, paths: string[]) => streams.get(folder)?.(paths.map((path) => ({ path })))
    return { project, drafts, list, files: found, paths: () => found.tabs.value.map(({ path }) => path) }
  }

  it('are those that it uses, and the others of its folder', () => {
    const { list, paths } = open()
    list('/app', [variables, compose])
    expect(paths()).toEqual([compose, variables])
    list('/app', [compose])
    expect(paths()).toEqual([compose])
  })

  it('are also those that they include, wherever these are', () => {
    const { project, list, files } = open()
    const included = '/other/compose.yaml'
    project.value = { folder: '/app', files: [compose], includes: [included] }
    list('/app', [compose, '/app/compose.old.yaml'])
    expect(files.tabs.value.map(({ path, isUnused }) => [path, isUnused])).toEqual([
      [compose, false],
      [included, false],
      ['/app/compose.old.yaml', true],
    ])
  })

  it('stay without a file on disk while they have a text that is not saved', async () => {
    const { drafts, list, paths } = open()
    list('/app', [compose, variables])
    for (const path of [variables, '/app/other/.env', '/elsewhere/.env']) {
      await drafts.load(path)
      drafts.edit(path, 'mine')
    }
    list('/app', [compose])
    expect(paths()).toEqual([compose, variables])
    drafts.discard(variables)
    expect(paths()).toEqual([compose])
  })

  it('stay when the project changes in the same folder, and go with the folder', async () => {
    const { project, list, files, paths } = open()
    list('/app', [compose, variables])
    files.follow(variables)
    project.value = { folder: '/app', files: [compose, '/app/compose.override.yaml'], includes: [] }
    await nextTick()
    expect(paths()).toEqual([compose, '/app/compose.override.yaml', variables])
    expect([...streams.keys()].sort()).toEqual(
      ['/app', variables, '/app/compose.override.yaml', compose].sort(),
    )
    project.value = { folder: '/next', files: ['/next/compose.yaml'], includes: [] }
    await nextTick()
    expect(paths()).toEqual(['/next/compose.yaml'])
    expect([...streams.keys()].sort()).toEqual(['/next', '/next/compose.yaml'])
  })

  it('stay outside of the folder too if the project used them', async () => {
    const outside = '/shared/compose.yaml'
    const { project, drafts, paths } = open()
    project.value = { folder: '/app', files: [compose, outside], includes: [] }
    await nextTick()
    await drafts.load(outside)
    drafts.edit(outside, 'mine')
    project.value = { folder: '/app', files: [compose], includes: [] }
    await nextTick()
    expect(paths()).toEqual([compose, outside])
  })
})
